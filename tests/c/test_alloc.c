/* The host's Lua state with the k-th request for memory failing, k = 1, 2, ...: first Lua's own
 * requests, then those of the core. Only Lua errors may come of it; nothing may crash or leak, and
 * tracing must work afterwards. The scripts are tests/lua/alloc*_script.lua. Under valgrind
 * (SADDLE_QUICK) k grows geometrically from 200. */
#include "../../src/cli/host.h"
#include "check.h"
#include <limits.h>

static char all[] = "tests/lua/alloc_script.lua", traces[] = "tests/lua/alloc_trace_script.lua";
static const char *script; /* of the test that runs */

/* After an error: nothing is being traced, and a trace, an op and a plan work. */
static const char works[] =
    "local core = package and package.loaded['saddle.core'] if not core then return end "
    "local tr = core.tracing assert(tr.current() == nil) local g <close> = tr.graph() "
    "local op = core.op{name='op', run=function(A) return A + 1 end} "
    "assert(tr.plan(g, {op(g:input(core.ones(2, 2)))}):run{core.ones(2, 2)}[1](2, 2) == 2)";

/* An allocator over the host's that fails once, at request fail_at, and remembers that it did. */
typedef struct heap {
  size_t used;
  long requests, fail_at;
  int failed;
} heap;

static void *failing(void *data, void *block, size_t old, size_t size) {
  heap *h = data;
  int grows = size > (block ? old : 0);
  if (grows && ++h->requests >= h->fail_at && h->requests <= h->fail_at + 1) {
    h->failed = 1; /* twice: Lua collects all garbage and asks again */
    return NULL;
  }
  return cli_alloc(&h->used, block, old, size);
}

/* Opens the libraries and runs the script; for lua_pcall, as loading can raise too. */
static int open_and_run(lua_State *L) {
  lua_pushcfunction(L, cli_open);
  lua_call(L, 0, 0);
  if (luaL_loadfilex(L, script, "t") != LUA_OK) return lua_error(L);
  lua_call(L, 0, 1);
  return 1;
}

static void check_works(lua_State *L) {
  if (luaL_dostring(L, works) != LUA_OK) fail_msg("afterwards: %s", lua_tostring(L, -1));
}

static int session(lua_State *L) { /* a status of Lua's */
  lua_pushcfunction(L, open_and_run);
  return lua_pcall(L, 0, 1, 0);
}

static long next(long k) { return getenv("SADDLE_QUICK") && k >= 200 ? k + k / 20 : k + 1; }

static void script_runs(void **state) {
  script = *state;
  heap h = {0, 0, LONG_MAX - 1, 0};
  lua_State *L = cli_newstate(failing, &h);
  assert_non_null(L);
  if (session(L) != LUA_OK) fail_msg("%s", lua_tostring(L, -1));
  assert_string_equal(lua_tostring(L, -1), "done");
  lua_close(L);
  assert_int_equal(h.used, 0);
}

static void lua_requests_fail(void **state) {
  script = *state;
  size_t before = sd_mem_held();
  long errors = 0;
  for (long k = 1;; k = next(k)) {
    heap h = {0, 0, k, 0};
    lua_State *L = cli_newstate(failing, &h);
    if (L != NULL) {
      int status = session(L);
      if (status != LUA_OK) {
        errors++;
        assert_true(status == LUA_ERRMEM || lua_isstring(L, -1));
        if (!h.failed) fail_msg("request %ld: %s", k, lua_tostring(L, -1));
        check_works(L);
      }
      lua_close(L);
    }
    assert_int_equal(h.used, 0);
    assert_int_equal(sd_mem_held(), before);
    if (!h.failed) break;
  }
  assert_true(errors > 100); /* most failures must have been felt */
}

static void core_requests_fail(void **state) {
  script = *state;
  size_t before = sd_mem_held();
  for (long k = 1, more = 1; more; k = next(k)) {
    heap h = {0, 0, LONG_MAX - 1, 0};
    lua_State *L = cli_newstate(failing, &h);
    assert_non_null(L);
    sd_mem_fail_at(k);
    int status = session(L);
    more = sd_mem_faulted();
    sd_mem_fail_at(0);
    if (more && status != LUA_OK) assert_true(lua_isstring(L, -1));
    if (!more && status != LUA_OK) fail_msg("%s", lua_tostring(L, -1));
    check_works(L);
    lua_close(L);
    assert_int_equal(h.used, 0);
    assert_int_equal(sd_mem_held(), before);
  }
}

static void ceiling_stops_lua(void **state) {
  (void)state;
  heap h = {0, 0, LONG_MAX - 1, 0};
  lua_State *L = cli_newstate(failing, &h);
  lua_pushcfunction(L, cli_open);
  assert_int_equal(lua_pcall(L, 0, 0, 0), LUA_OK);
  sd_mem_set_ceiling(h.used + ((size_t)8 << 20));
  int status = luaL_dostring(L, "local t = {} for i = 1, math.huge do t[i] = {} end");
  sd_mem_set_ceiling(0);
  assert_true(status != LUA_OK);
  assert_string_equal(lua_tostring(L, -1), "not enough memory");
  lua_close(L);
  assert_int_equal(h.used, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(script_runs, all),
                                     cmocka_unit_test_prestate(lua_requests_fail, all),
                                     cmocka_unit_test_prestate(core_requests_fail, all),
                                     cmocka_unit_test_prestate(script_runs, traces),
                                     cmocka_unit_test_prestate(lua_requests_fail, traces),
                                     cmocka_unit_test_prestate(core_requests_fail, traces),
                                     cmocka_unit_test(ceiling_stops_lua)};
  return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
