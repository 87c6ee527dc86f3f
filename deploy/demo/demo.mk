# make demo: a coordinator and three communes on this machine. ONCE=1 ends by itself.
.PHONY: demo
demo:
	$(Q)deploy/deps build
	$(Q)$(MAKE) --no-print-directory all
	$(Q)ONCE=$(ONCE) BUILD=$(abspath $(O)) deploy/demo/demo
