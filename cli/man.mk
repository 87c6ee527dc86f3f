# Man pages and the completion for bash, made from the table of commands. `make man` writes build/man; `make completion`
# renews the file under deploy/completions, which is carried so that packages need not build to install it.

MAN_DIR = $(O)/man

.PHONY: man completion
man: $(O)/commune
	@echo "  MAN    $(MAN_DIR)"
	@mkdir -p $(MAN_DIR)
	$(Q)$(O)/commune help --man >$(MAN_DIR)/commune.1
	$(Q)$(O)/commune help --man communed >$(MAN_DIR)/communed.1
	$(Q)$(O)/commune help --man kinds >$(MAN_DIR)/commune-kinds.7
	$(Q)$(O)/commune help --man cookbook >$(MAN_DIR)/commune-cookbook.7
	$(Q)$(O)/commune help --verbs | while read -r verb; do \
	  $(O)/commune help --man $$verb >"$(MAN_DIR)/commune-$$(echo $$verb | tr ' ' -).1" || exit 1; done

completion: $(O)/commune
	@echo "  GEN    deploy/completions/commune"
	@mkdir -p deploy/completions
	$(Q)$(O)/commune help --completion >deploy/completions/commune
