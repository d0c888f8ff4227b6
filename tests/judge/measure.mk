# measure.mk: the Makefile with one program more, tests/judge/measure.c. Run from the top of the tree:
# make -f tests/judge/measure.mk measure

include Makefile

.PHONY: measure
measure: $(OUT)/tests/judge/measure

$(OUT)/tests/judge/measure: $(OUT)/tests/judge/measure.o $(OUT)/libcore.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS_CORE)
	$(Q)ln -sfn $(FLAVOUR)/tests/judge/measure build/measure
