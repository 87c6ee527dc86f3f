# Messages. `make` compiles po/*.po to build/locale; `make pot` collects the messages of the sources into po/commune.pot
# and merges them into the translations.

LINGUAS := $(patsubst po/%.po,%,$(wildcard po/*.po))
MO      := $(foreach l,$(LINGUAS),build/locale/$(l)/LC_MESSAGES/commune.mo)

all: $(MO)

build/locale/%/LC_MESSAGES/commune.mo: po/%.po
	@echo "  MSGFMT $<"
	@mkdir -p $(@D)
	$(Q)msgfmt --check -o $@ $<

.PHONY: pot
pot:
	@echo "  XGETTEXT po/commune.pot"
	$(Q)xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --add-location=file --sort-by-file --no-wrap \
	  --package-name='Open Communes' -o po/commune.pot $(sort $(wildcard cli/*.c cli/*.h))
	$(Q)sed -i '/^"POT-Creation-Date/d' po/commune.pot
	$(Q)for l in $(LINGUAS); do msgmerge --quiet --no-wrap --update --backup=none po/$$l.po po/commune.pot; done
