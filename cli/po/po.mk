# Messages. `make` compiles cli/po/*.po to build/locale; `make pot` collects the messages of the sources into cli/po/commune.pot
# and merges them into the translations.

LINGUAS := $(patsubst cli/po/%.po,%,$(wildcard cli/po/*.po))
MO      := $(foreach l,$(LINGUAS),build/locale/$(l)/LC_MESSAGES/commune.mo)

all: $(MO)

build/locale/%/LC_MESSAGES/commune.mo: cli/po/%.po
	@echo "  MSGFMT $<"
	@mkdir -p $(@D)
	$(Q)msgfmt --check -o $@ $<

.PHONY: pot
pot: $(O)/commune
	@echo "  XGETTEXT cli/po/commune.pot"
	$(Q)$(O)/commune help --messages >build/messages.c
	$(Q)xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --add-location=file --sort-by-file --no-wrap \
	  --package-name='Open Communes' -o cli/po/commune.pot $(sort $(wildcard cli/*.c cli/*.h)) build/messages.c
	$(Q)sed -i '/^"POT-Creation-Date/d' cli/po/commune.pot
	$(Q)for l in $(LINGUAS); do msgmerge --quiet --no-wrap --update --backup=none cli/po/$$l.po cli/po/commune.pot; done
