# make install [PREFIX=/usr/local] [DESTDIR=]: programs, man pages, completion, networks and territories as data.
PREFIX  ?= /usr/local
DATADIR := $(PREFIX)/share/open-communes

.PHONY: install
install: all man
	@echo "  INSTALL $(DESTDIR)$(PREFIX)"
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man7 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(DATADIR)
	$(Q)install -m 0755 $(O)/communed $(O)/commune $(DESTDIR)$(PREFIX)/bin
	$(Q)install -m 0644 $(O)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	$(Q)install -m 0644 $(O)/man/*.7 $(DESTDIR)$(PREFIX)/share/man/man7
	$(Q)install -m 0644 deploy/completions/commune $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(Q)cp -R deploy/networks deploy/territories deploy/vocabularies $(DESTDIR)$(DATADIR)
	$(Q)if [ -d build/locale ]; then cp -R build/locale $(DESTDIR)$(PREFIX)/share; fi
