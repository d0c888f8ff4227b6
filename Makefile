# certfs: make, make check, make SANITIZE=1 check, make fuzz, make lint, make bench, make install, make uninstall
#
# CC, CFLAGS, LDFLAGS, PREFIX, DESTDIR, BINDIR, UNITDIR, TMPFILESDIR, SYSUSERSDIR and RESTARTDIR are yours to set.
# V=1 shows the commands.
# STRICT=1 makes warnings errors, for scripts/check alone: what a compiler warns about changes with its version.
# SANITIZE=1 builds with ASan and UBSan, SANITIZE=thread with TSan; each flavour has its own folder under build/.

CC ?= gcc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
UNITDIR ?= $(PREFIX)/lib/systemd/system
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
RESTARTDIR ?= /etc/needrestart/restart.d
SANITIZE ?=
FUZZ_SECONDS ?= 60

ifeq ($(origin CC),default)
CC := gcc
endif

LIBRARIES := fuse3 libcrypto libssl libcjson
MISSING := $(foreach library,$(LIBRARIES),$(shell pkg-config --exists $(library) || echo $(library)))
ifneq ($(strip $(MISSING)),)
$(error pkg-config does not find: $(MISSING). On Debian: apt-get install pkg-config libfuse3-dev libssl-dev libcjson-dev)
endif

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual -Wvla -Wformat=2 $(if $(STRICT),-Werror)
FLAVOUR := $(notdir $(firstword $(CC)))
HARDENING := -fstack-protector-strong -fPIE
ifneq ($(SANITIZE),)
ifeq ($(SANITIZE),thread)
FLAGS_SANITIZE := -fsanitize=thread
FLAVOUR := $(FLAVOUR)-thread
else
FLAGS_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
FLAVOUR := $(FLAVOUR)-sanitize
endif
FLAGS_SANITIZE += -fno-omit-frame-pointer
else
HARDENING += -D_FORTIFY_SOURCE=2
endif

# HOOKS=1 builds what tests need to hold a running worker (fs/host/test_hooks.h).
ifneq ($(HOOKS),)
FLAVOUR := $(FLAVOUR)-hooks
override CPPFLAGS += -DCERTFS_TEST_HOOKS
# fs/host/test_deaths.c stands between a worker and these.
WRAP_HOOKS := -Wl,--wrap=renameat,--wrap=fsync,--wrap=unlinkat
endif

OUT := build/$(FLAVOUR)
# -isystem: what compilers warn about in the headers of libraries is not ours to mend.
CFLAGS_LIBRARIES := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(LIBRARIES)))
override CPPFLAGS += -I. -D_GNU_SOURCE -DFUSE_USE_VERSION=314 $(CFLAGS_LIBRARIES)
override CFLAGS += -std=gnu11 $(WARNINGS) $(HARDENING) $(FLAGS_SANITIZE) -pthread
override LDFLAGS += -pie -Wl,-z,relro,-z,now $(FLAGS_SANITIZE) -pthread
LDLIBS_CORE := $(shell pkg-config --libs libssl libcrypto libcjson)
LDLIBS_FS := $(LDLIBS_CORE) $(shell pkg-config --libs fuse3)
LDLIBS_TEST := $(LDLIBS_FS) $(shell pkg-config --libs cmocka 2>/dev/null || echo -lcmocka)

CORE := $(wildcard core/*/*.c)
FS := $(wildcard fs/*.c fs/*/*.c)
UNIT := $(sort $(shell find tests/unit -name 'test_*.c'))
UNIT_HELPERS := $(filter-out $(UNIT),$(shell find tests/unit -name '*.c'))
# tests/unit/lib/alloc.c and fail_syscalls.c stand between the code and libc: they fail on demand and look at what is released.
UNIT_WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=reallocarray,--wrap=free \
	-Wl,--wrap=write,--wrap=fsync,--wrap=openat,--wrap=renameat,--wrap=linkat,--wrap=unlinkat \
	-Wl,--wrap=pipe2,--wrap=fork,--wrap=pidfd_open,--wrap=close,--wrap=pwrite,--wrap=fallocate,--wrap=ftruncate
# tests/unit/lib/request_client.c counts these.
UNIT_WRAP += -Wl,--wrap=registry_look,--wrap=registry_current
FUZZ := $(wildcard tests/fuzz/fuzz_*.c)
BENCH := $(wildcard tests/bench/*.c)

object = $(patsubst %.c,$(OUT)/%.o,$(1))
UNIT_PROGRAMS := $(patsubst %.c,$(OUT)/%,$(UNIT))

ifneq ($(V),1)
Q := @
say = @printf '%-5s %s\n' $(1) $(2)
endif

.PHONY: all check fuzz lint bench price paths torn readers kills takeovers takeover-kernels upgrades lives hostile boot install uninstall clean
all: $(OUT)/certfs

$(OUT)/certfs: $(OUT)/fs/main.o $(OUT)/libfs.a $(OUT)/libcore.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) $(WRAP_HOOKS) -o $@ $^ $(LDLIBS_FS)
	$(Q)ln -sfn $(FLAVOUR)/certfs build/certfs$(if $(HOOKS),-hooks)$(if $(SANITIZE),-$(SANITIZE))

# Archives, so that unit programs link what they use.
$(OUT)/libfs.a: $(call object,$(filter-out fs/main.c,$(FS)))
$(OUT)/libcore.a: $(call object,$(CORE))
$(OUT)/%.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(OUT)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# One program for the tests of a folder, under the name of each of its files: it runs those of the file it is called by.
define unit_folder
$(OUT)/$(1)tests: $(call object,$(sort $(wildcard $(1)test_*.c)) $(UNIT_HELPERS)) $(OUT)/libfs.a $(OUT)/libcore.a
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(LDFLAGS) $$(UNIT_WRAP) -o $$@ $$^ $$(LDLIBS_TEST)
$(patsubst %.c,$(OUT)/%,$(wildcard $(1)test_*.c)): $(OUT)/$(1)tests
	$$(Q)ln -sfn $$(<F) $$@
endef
$(foreach folder,$(sort $(dir $(UNIT))),$(eval $(call unit_folder,$(folder))))

.SECONDARY:
check: $(OUT)/certfs $(UNIT_PROGRAMS)
	$(Q)scripts/run-unit $(UNIT_PROGRAMS)

fuzz:
	$(Q)scripts/run-fuzz $(FUZZ_SECONDS)

lint: $(OUT)/certfs
	$(Q)scripts/lint

bench: $(OUT)/certfs
	$(Q)tests/bench/run
	$(Q)tests/bench/run-store

# Long runs; the check has a short form of each.
price: $(OUT)/certfs
	$(Q)$(MAKE) -s -f tests/judge/measure.mk measure
	$(Q)python3 tests/judge/price.py build/measure long

paths: $(OUT)/certfs
	$(Q)$(MAKE) -s -f tests/judge/measure.mk measure
	$(Q)python3 tests/judge/paths.py build/measure build/certfs 1000

torn: $(OUT)/certfs
	$(Q)tests/snapshot/torn-100000

readers: $(OUT)/certfs
	$(Q)tests/snapshot/readers-long

kills: $(OUT)/certfs
	$(Q)tests/store/kill-1000

takeovers:
	$(Q)$(MAKE) --no-print-directory HOOKS=1
	$(Q)tests/takeover/kill-1000

takeover-kernels:
	$(Q)$(MAKE) --no-print-directory HOOKS=1
	$(Q)tests/takeover/kernel-run

upgrades:
	$(Q)$(MAKE) --no-print-directory HOOKS=1
	$(Q)tests/takeover/upgrades-10

lives: $(OUT)/certfs
	$(Q)tests/store/model-300

hostile:
	$(Q)$(MAKE) --no-print-directory SANITIZE=1
	$(Q)$(MAKE) --no-print-directory SANITIZE=thread
	$(Q)tests/mount/seven-users-60

boot: $(OUT)/certfs
	$(Q)tests/boot/run

# The services that get a drop-in of ours: each has its unit under one of these names.
DATABASES := mariadb mariadb@ mysql mysql@ mysqld mysqld@
SHAREDIR := $(PREFIX)/share/certfs
# With DESTDIR whoever installs the result creates the users.
MAKE_USERS := $(if $(DESTDIR),:,scripts/make-users)

install: $(OUT)/certfs
	install -D -m 0755 $(OUT)/certfs $(DESTDIR)$(BINDIR)/certfs
	install -D -m 0755 scripts/certfs-import $(DESTDIR)$(BINDIR)/certfs-import
	install -D -m 0755 scripts/on-change-mariadb $(DESTDIR)$(SHAREDIR)/on-change-mariadb
	ln -sfn on-change-mariadb $(DESTDIR)$(SHAREDIR)/on-change-mysql
	install -D -m 0644 scripts/sql/certfs.sql $(DESTDIR)$(SHAREDIR)/certfs.sql
	install -D -m 0644 scripts/systemd/certfs.service $(DESTDIR)$(UNITDIR)/certfs.service
	sed -i -e 's|/usr/local/bin/|$(BINDIR)/|' -e 's|/usr/local/share/certfs/|$(SHAREDIR)/|' $(DESTDIR)$(UNITDIR)/certfs.service
	install -D -m 0755 scripts/needrestart $(DESTDIR)$(RESTARTDIR)/certfs.service
	install -D -m 0644 scripts/systemd/certfs.tmpfiles $(DESTDIR)$(TMPFILESDIR)/certfs.conf
	install -D -m 0644 scripts/systemd/certfs.sysusers $(DESTDIR)$(SYSUSERSDIR)/certfs.conf
	for name in $(DATABASES); do \
	    install -D -m 0644 scripts/systemd/database.conf "$(DESTDIR)$(UNITDIR)/$$name.service.d/10-certfs.conf" || exit; \
	done
	-$(MAKE_USERS)

# Directories go if they are empty, and if no system has them without us. The users stay: STORE belongs to one of them.
uninstall:
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,certfs certfs-import)
	rm -f $(addprefix $(DESTDIR)$(SHAREDIR)/,on-change-mariadb on-change-mysql certfs.sql)
	rm -f $(DESTDIR)$(UNITDIR)/certfs.service $(addsuffix /certfs.conf,$(DESTDIR)$(TMPFILESDIR) $(DESTDIR)$(SYSUSERSDIR))
	rm -f $(DESTDIR)$(RESTARTDIR)/certfs.service
	rm -f $(DATABASES:%=$(DESTDIR)$(UNITDIR)/%.service.d/10-certfs.conf)
	for dir in $(SHAREDIR) $(DATABASES:%=$(UNITDIR)/%.service.d) $(UNITDIR) $(dir $(UNITDIR)) $(TMPFILESDIR) $(SYSUSERSDIR) $(RESTARTDIR) $(dir $(RESTARTDIR)); do \
	    [ ! -d "$(DESTDIR)$$dir" ] || rmdir --ignore-fail-on-non-empty "$(DESTDIR)$$dir" || exit; \
	done

clean:
	rm -rf build

-include $(shell test -d $(OUT) && find $(OUT) -name '*.d')
