# make demo: a coordinator and three communes on this machine; NETWORK=NAME plays the example of one of the five networks.
# ONCE=1 ends by itself, LANG=fr speaks French.
.PHONY: demo
demo:
	$(Q)NETWORK='$(NETWORK)' deploy/demo/demo --known
	$(Q)deploy/deps build
	$(Q)$(MAKE) --no-print-directory -s all
	$(Q)ONCE='$(ONCE)' NETWORK='$(NETWORK)' BUILD=$(abspath $(O)) deploy/demo/demo
