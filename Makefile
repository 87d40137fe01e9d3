# saddle: build/saddle (the executable) and build/lib/saddle/core.so (the module for lua5.4) from one
# core. Objects go to build/obj, mirroring src/. `make help` lists the targets.
#
# Variables: B=dir (where to build), CFLAGS, LDFLAGS, WERROR=-Werror, PREFIX, DESTDIR.
# This file must parse where there is no compiler yet: `make demo` and `make test` install what is
# missing and then call make again.
ifeq ($(origin CC),default)
CC       = gcc
endif
CFLAGS  ?= -O3 -g
B       ?= build
PREFIX  ?= /usr/local
WERROR  ?=
WARN     = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wpointer-arith -Wcast-align -Wwrite-strings -Wold-style-definition -Wredundant-decls \
           $(WERROR)

# OpenBLAS with its own threads, by directory and not by what the alternatives point to: the OpenMP
# flavour hangs after fork, netlib's BLAS is slow. The run path (DT_RPATH, which also serves
# LAPACKE's need of libblas and liblapack) keeps the choice at run time.
comma := ,
MACHINE  := $(shell $(CC) -dumpmachine 2>/dev/null)
OPENBLAS := $(firstword $(wildcard /usr/lib/$(shell $(CC) -print-multiarch 2>/dev/null)/openblas-pthread \
              /usr/lib/*/openblas-pthread))
BLAS_CFLAGS := $(if $(OPENBLAS),-I$(firstword $(wildcard $(subst /usr/lib/,/usr/include/,$(OPENBLAS))) \
                 /usr/include),$(shell pkg-config --cflags openblas 2>/dev/null))
BLAS_LIBS   := $(if $(OPENBLAS),-L$(OPENBLAS) -Wl$(comma)-rpath$(comma)$(OPENBLAS) \
                 -Wl$(comma)--disable-new-dtags -lopenblas,$(shell pkg-config --libs openblas 2>/dev/null))
LUA_CFLAGS  := $(shell pkg-config --cflags lua5.4 2>/dev/null)
LUA_LIBS    := $(shell pkg-config --libs lua5.4 2>/dev/null)
EDIT_LIBS   := -ledit
MPI_CFLAGS  := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags ompi-c 2>/dev/null))
MPI_LIBS    := $(shell pkg-config --libs ompi-c 2>/dev/null)
INCLUDES = -Iinclude $(LUA_CFLAGS) $(BLAS_CFLAGS)
LIBS     = $(BLAS_LIBS) -llapacke -larpack -lsleef -lsqlite3 -lz -lm
ALL_CFLAGS = -std=gnu11 -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno $(WARN) \
             $(INCLUDES) $(CFLAGS)

# Files in src/core/isa are compiled once per instruction set; a table picks one at run time.
ISAS        = base $(if $(filter x86_64%,$(MACHINE)),avx2 avx512)
ISA_base    =
ISA_avx2    = -mavx2 -mfma
ISA_avx512  = -mavx512f -mavx512dq -mavx512vl -mavx512bw -mfma -mprefer-vector-width=512

CORE = $(wildcard src/core/*.c) $(wildcard src/io/*.c) $(wildcard src/graph/*.c) \
       $(wildcard src/model/*.c) $(wildcard src/optim/*.c) $(wildcard src/spectral/*.c)
ISA  = $(wildcard src/core/isa/*.c)
LUAC = $(wildcard src/lua/*.c)
CLI  = $(wildcard src/cli/*.c)
obj  = $(patsubst src/%.c,$(B)/obj/%.o,$(1))
CORE_OBJ = $(call obj,$(CORE)) $(foreach i,$(ISAS),$(patsubst src/%.c,$(B)/obj/%.$(i).o,$(ISA)))
CTESTS = $(patsubst tests/c/%.c,$(B)/tests/%,$(wildcard tests/c/test_*.c))
BENCHES = $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*/*.c))
HEADERS = $(wildcard include/saddle/*.h src/*/*.h src/*/*.inc src/core/isa/*.h src/core/isa/*.inc)
LUAFILES = $(wildcard lua examples scripts tests/lua tests/cli tests/golden tests/bench)

.PHONY: all help mpi demo docs papers env test ctest luatest check-build lint layers fmt asan valgrind arm64 fuzz bench \
        golden install uninstall clean FORCE
.DELETE_ON_ERROR:
all: $(B)/saddle $(B)/lib/saddle/core.so ## build the executable and the module for lua5.4

help: ## list the targets
	@sed -n 's/^\([a-z0-9]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "%-10s %s\n", $$1, $$2}'

# ---- build ----------------------------------------------------------------------------------------

# Rewritten when a command line changes; every object and program depends on it.
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(LIBS) $(LUA_LIBS) $(EDIT_LIBS)' | cmp -s - $@ || \
	  echo '$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(LIBS) $(LUA_LIBS) $(EDIT_LIBS)' > $@

$(B)/obj/%.o: src/%.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

define isa_rule
$(B)/obj/core/isa/%.$(1).o: src/core/isa/%.c $(B)/flags
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$(ISA_$(1)) -DSD_ISA=$(1) -MMD -MP -c $$< -o $$@
endef
$(foreach i,$(ISAS),$(eval $(call isa_rule,$(i))))

$(B)/saddle: $(CORE_OBJ) $(call obj,$(LUAC) $(CLI)) $(B)/flags
	$(CC) $(CFLAGS) $(LDFLAGS) -rdynamic $(filter %.o,$^) $(LUA_LIBS) $(EDIT_LIBS) $(LIBS) -o $@

$(B)/lib/saddle/core.so: $(CORE_OBJ) $(call obj,$(LUAC)) $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared $(filter %.o,$^) $(LIBS) -o $@

# The one part that needs MPI. It must stay when Lua closes its libraries: it acts when the process
# ends.
$(B)/lib/saddle/mpi_core.so: src/mpi/mpi_core.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(MPI_CFLAGS) $(LDFLAGS) -shared -Wl,-z,nodelete $< $(MPI_LIBS) -o $@

$(B)/tests/test_alloc: $(call obj,$(LUAC) $(filter-out src/cli/main.c,$(CLI)))
$(B)/tests/test_alloc: TEST_LIBS = $(LUA_LIBS) $(EDIT_LIBS)
$(B)/tests/%: tests/c/%.c $(CORE_OBJ) $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -MMD -MP $(filter %.c %.o,$^) $(TEST_LIBS) $(LIBS) -lcmocka -o $@

# What saddle is measured against: the best that the compiler and the same BLAS give, whatever CFLAGS.
$(B)/bench/%: tests/bench/%.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(WARN) $(BLAS_CFLAGS) -O3 -march=native -ffast-math -MMD -MP $< $(LIBS) -o $@

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# ---- run, test ------------------------------------------------------------------------------------

# One job a processor, unless this make was given -j itself.
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
AGAIN = $(MAKE) --no-print-directory $(JOBS)
PACKAGES = @scripts/setup/packages.sh

mpi: ## install what is missing, and build what lets processes under mpirun work together
	$(PACKAGES) build mpi
	@$(AGAIN) -s all $(B)/lib/saddle/mpi_core.so

PAPERS = $(patsubst scripts/%/paper.lua,%,$(wildcard scripts/*/paper.lua))
papers: all ## check all claims of the papers and write the pages with their verdicts
	@for p in $(PAPERS); do $(B)/saddle check $$p/ --quick --jobs 2 --page || exit 1; done

docs: all ## write the reference (lua/reference) and the types for editors (lua/types)
	@$(B)/saddle -e 'require("saddle.help.pages").write("lua")'

demo: ## install what is missing, build, and draw a figure of a paper
	$(PACKAGES) build figures
	@$(AGAIN) -s all
	$(B)/saddle figure overparam_gan/fig_2 --store $(B)/fig_2.db --changed redo -o $(B)/fig_2.svg

test: ## install what is missing, build, and run all tests
	$(PACKAGES) build figures test
	@$(AGAIN) -s check-build
	@lua5.4 tests/run $(B)

# With MPI where it is there; sanitizers would report what it never frees.
check-build: all $(CTESTS) $(BENCHES) \
             $(if $(MPI_LIBS),$(if $(findstring sanitize,$(CFLAGS)),,$(B)/lib/saddle/mpi_core.so))

ctest: $(CTESTS) ## the C tests alone
	@for t in $(CTESTS); do $$t || exit 1; done

# What the stock interpreter needs to find this tree.
PATHS = LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" LUA_CPATH="$(abspath $(B))/lib/?.so;;"
env: ## print what lets lua5.4 find this tree, for eval
	@echo 'export $(PATHS)'

luatest: all ## the Lua tests alone, under lua5.4
	$(PATHS) lua5.4 $$(command -v busted) --pattern=_spec tests/lua

golden: all ## store the present output of tests/golden/*.lua as the expected one
	@for f in tests/golden/*.lua; do $(PATHS) $(B)/saddle $$f > $${f%.lua}.out || exit 1; done

SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
asan: ## all tests under the address, leak and undefined-behaviour sanitizers
	$(PACKAGES) build figures test
	@$(AGAIN) -s B=build-asan CFLAGS="-O1 -g $(SANITIZE)" check-build
	@ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
	  LSAN_OPTIONS=suppressions=tests/leaks.supp:print_suppressions=0 \
	  lua5.4 tests/run build-asan --sanitized

# valgrind 3.19 lacks AVX-512: our kernels and OpenBLAS's are kept from it.
valgrind: ## the C tests under valgrind
	$(PACKAGES) build figures test valgrind
	@$(AGAIN) -s check-build
	@SADDLE_ISA=avx2 OPENBLAS_CORETYPE=Haswell lua5.4 tests/run $(B) --valgrind

PROGRAMS = 10000
fuzz: all ## random programs and calls for long; B=dir of a sanitized build, PROGRAMS=number, SEED
	SADDLE_MEMORY=2G LUA_PATH="./lua/?.lua;./lua/?/init.lua;./?.lua" \
	  $(B)/saddle tests/fuzz/fuzz_api.lua $(or $(SEED),1) $(PROGRAMS)
	LUA_PATH="./lua/?.lua;./lua/?/init.lua;./?.lua" \
	  $(B)/saddle tests/fuzz/fuzz_programs.lua $(or $(SEED),1) $(PROGRAMS)

# Peers that cannot be had are left out.
bench: ## time saddle against NumPy, PyTorch and C by hand; ONLY=workload, ROUNDS=number, PYTHON=path
	$(PACKAGES) build figures
	@scripts/setup/packages.sh peers || echo 'bench: going on without them'
	@$(AGAIN) -s all $(BENCHES)
	@$(if $(PYTHON),PYTHON='$(PYTHON)' )$(B)/saddle tests/bench/run.lua build=$(B) \
	  only=$(ONLY) rounds=$(or $(ROUNDS),5)

# The core for 64-bit ARM, compiled only: headers of the libraries come from this machine.
CROSS = aarch64-linux-gnu-gcc
CROSS_FLAGS = -std=gnu11 $(WARN) -Werror -ffp-contract=off -fno-math-errno -Iinclude -O2 -idirafter /usr/include \
              $(patsubst -I%,-idirafter %,$(BLAS_CFLAGS)) $(addprefix -idirafter ,$(dir $(OPENBLAS:/usr/lib%=/usr/include%)))
arm64: ## compile the core for 64-bit ARM
	$(PACKAGES) build arm64
	@mkdir -p $(B)/arm64
	@for f in $(CORE); do $(CROSS) $(CROSS_FLAGS) -c $$f -o $(B)/arm64/$$(basename $$f .c).o || exit 1; done
	@for f in $(ISA); do \
	  $(CROSS) $(CROSS_FLAGS) -DSD_ISA=base -c $$f -o $(B)/arm64/isa_$$(basename $$f .c).o || exit 1; done
	@echo "arm64: $(words $(CORE) $(ISA)) files compiled"

# ---- style ----------------------------------------------------------------------------------------

lint: ## compiler warnings as errors, clang-tidy, formats, luacheck, layers
	$(PACKAGES) build test lint mpi
	@$(AGAIN) -s B=build-lint CFLAGS="-O2 -g" WERROR=-Werror check-build
	@TIDY_FLAGS="-std=gnu11 $(INCLUDES) $(MPI_CFLAGS)" scripts/setup/lint.sh

layers: ## check that includes point down only
	@lua5.4 scripts/setup/layers.lua .

fmt: ## format all C files
	clang-format -i $(wildcard src/*/*.c src/core/isa/*.c tests/*/*.c tests/bench/*/*.c tests/*/*.h) $(filter %.h,$(HEADERS))

# ---- install --------------------------------------------------------------------------------------

# The executable finds share/lua/5.4 beside its own bin directory, so the tree can be moved.
BINDIR   = $(DESTDIR)$(PREFIX)/bin
CDIR     = $(DESTDIR)$(PREFIX)/lib/lua/5.4/saddle
LUADIR   = $(DESTDIR)$(PREFIX)/share/lua/5.4/saddle
SHAREDIR = $(DESTDIR)$(PREFIX)/share/saddle
INCDIR   = $(DESTDIR)$(PREFIX)/include/saddle

install: all ## install below PREFIX (and DESTDIR)
	install -d '$(BINDIR)' '$(CDIR)' '$(INCDIR)' '$(LUADIR)' '$(SHAREDIR)'
	install -m 755 $(B)/saddle '$(BINDIR)/saddle'
	install -m 644 $(B)/lib/saddle/core.so '$(CDIR)/core.so'
	if [ -e $(B)/lib/saddle/mpi_core.so ]; then \
	  install -m 644 $(B)/lib/saddle/mpi_core.so '$(CDIR)/mpi_core.so'; fi
	install -m 644 include/saddle/*.h '$(INCDIR)'
	to=$$(cd '$(LUADIR)' && pwd) && cd lua/saddle && \
	  find . -name '*.lua' -exec install -D -m 644 '{}' "$$to/{}" \;
	install -D -m 644 lua/types/saddle.lua '$(SHAREDIR)/types/saddle.lua'
	to=$$(cd '$(SHAREDIR)' && pwd)/scripts && cd scripts && \
	  find . \( -name '*.lua' -o -path './cluster/*' -type f \) ! -path './setup/*' -exec install -D -m 644 '{}' "$$to/{}" \;

uninstall: ## remove what install put there
	rm -f '$(BINDIR)/saddle'
	rm -rf '$(CDIR)' '$(LUADIR)' '$(SHAREDIR)' '$(INCDIR)'

clean: ## remove what make built
	rm -rf build build-asan build-lint
