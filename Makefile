# saddle: build/saddle (the executable) and build/lib/saddle/core.so (the module for lua5.4) from one
# core. Objects go to build/obj, mirroring src/.
CC      ?= gcc
CFLAGS  ?= -O3 -g
WARN     = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wpointer-arith -Wcast-align -Wwrite-strings -Wold-style-definition -Wredundant-decls
PKGS     = lua5.4 openblas
INCLUDES = -Iinclude $(shell pkg-config --cflags $(PKGS))
LIBS     = $(shell pkg-config --libs $(PKGS)) -llapacke -lsleef -lz -lm
B       ?= build
ALL_CFLAGS = -std=gnu11 -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno $(WARN) $(INCLUDES) $(CFLAGS) -MMD -MP

# Files in src/core/isa are compiled once per instruction set; a table picks one at run time.
ISAS        = base avx2 avx512
ISA_base    =
ISA_avx2    = -mavx2 -mfma
ISA_avx512  = -mavx512f -mavx512dq -mavx512vl -mavx512bw -mfma -mprefer-vector-width=512

CORE = $(wildcard src/core/*.c) $(wildcard src/io/*.c)
ISA  = $(wildcard src/core/isa/*.c)
LUAC = $(wildcard src/lua/*.c)
CLI  = $(wildcard src/cli/*.c)
obj  = $(patsubst src/%.c,$(B)/obj/%.o,$(1))
CORE_OBJ = $(call obj,$(CORE)) $(foreach i,$(ISAS),$(patsubst src/%.c,$(B)/obj/%.$(i).o,$(ISA)))
CTESTS = $(patsubst tests/c/%.c,$(B)/tests/%,$(wildcard tests/c/test_*.c))

.PHONY: all clean ctest luatest
all: $(B)/saddle $(B)/lib/saddle/core.so

$(B)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c $< -o $@

define isa_rule
$(B)/obj/core/isa/%.$(1).o: src/core/isa/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$(ISA_$(1)) -DSD_ISA=$(1) -c $$< -o $$@
endef
$(foreach i,$(ISAS),$(eval $(call isa_rule,$(i))))

$(B)/saddle: $(CORE_OBJ) $(call obj,$(LUAC) $(CLI))
	$(CC) $(CFLAGS) $(LDFLAGS) -rdynamic $^ $(LIBS) -o $@

$(B)/lib/saddle/core.so: $(CORE_OBJ) $(call obj,$(LUAC))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared $^ $(filter-out -llua%,$(LIBS)) -o $@

$(B)/tests/%: tests/c/%.c $(CORE_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $< $(CORE_OBJ) $(LIBS) -lcmocka -o $@

ctest: $(CTESTS)
	@for t in $(CTESTS); do $$t || exit 1; done

luatest: all
	LUA_CPATH="$(B)/lib/?.so;;" LUA_PATH="lua/?.lua;lua/?/init.lua;./?.lua;;" lua5.4 /usr/bin/busted --pattern=_spec tests/lua

clean:
	rm -rf build
-include $(shell find $(B) -name '*.d' 2>/dev/null)
