# What the golden tests need besides the programs: the network of 126 members that the cookbook asks.
test-run unit-programs: $(O)/tests/golden/world
