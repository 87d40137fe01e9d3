/* core.tracing.iteration: a step, its records and its stopping rule, run over a state in C.
 *
 * The state lives in memory of its own, which no script sees: leaves are copied in by begin and out
 * by state, and those that live turned (sd_layout) are transposed on these ways. When to pause for
 * hooks, logs and checkpoints is decided in lua/saddle/iterate.lua. */
#include "saddle/iterate.h"
#include "lw.h"
#include "saddle/memory.h"
#include "saddle/rng.h"
#include "saddle/status.h"
#include <stdio.h>
#include <string.h>

#define LW_ITERATION "saddle.iteration"

/* User values: owners of captured matrices; the arena; which leaves are turned; the state; the
 * records, times last. */
enum { KEPT = 1, ARENA, TURNED, STATE, RECORDS, USER_VALUES = RECORDS };

typedef struct lw_iteration {
  sd_plan *step, *record, *stop;
  sd_iterate *it;
  sd_mat *state; /* in the userdata STATE, as are the elements */
  char *turned;
  void *arena;
  int nstate, running, begun;
  long number; /* of this run among the iterations of the Lua state */
} lw_iteration;

static lw_iteration *check_iteration(lua_State *L) {
  lw_iteration *s = luaL_checkudata(L, 1, LW_ITERATION);
  if (s->it == NULL) lw_error(L, "iterate: the iteration was not made");
  if (s->running) lw_error(L, "iterate: the iteration is running already");
  return s;
}

static lw_iteration *check_begun(lua_State *L) {
  lw_iteration *s = check_iteration(L);
  if (!s->begun) lw_error(L, "iterate: the iteration has not begun");
  return s;
}

/* ---- making -----------------------------------------------------------------------------------*/

/* The plan of the list of symbols at arg, NULL when that is nil. */
static sd_plan *plan_of(lua_State *L, const lw_graph *graph, int arg, const sd_layout *layout) {
  sd_plan *p;
  if (lua_isnoneornil(L, arg)) return NULL;
  luaL_checktype(L, arg, LUA_TTABLE);
  int n = (int)lua_rawlen(L, arg), flags = lua_toboolean(L, 6) ? SD_PLAN_TURN : 0;
  sd_ref *outs = lw_scratch(L, "iterate", (size_t)n, sizeof *outs);
  for (int j = 0; j < n; j++) {
    lua_rawgeti(L, arg, j + 1);
    outs[j] = lw_checkref(L, "iterate", 1, lua_gettop(L));
    if (outs[j] < 0) lw_fail(L, "iterate", outs[j]);
    lua_pop(L, 1);
  }
  lw_check(L, "iterate", sd_plan_new_laid(graph->g, n, outs, flags, layout, &p));
  lua_pop(L, 1);
  return p;
}

/* The leaves (from 0) that the outputs become, of the list at index 3, in scratch memory. */
static int *check_leaves(lua_State *L, int nstate) {
  int n = (int)lua_rawlen(L, 3);
  int *leaf = lw_scratch(L, "iterate", (size_t)n, sizeof *leaf);
  for (int j = 0; j < n; j++) {
    lua_rawgeti(L, 3, j + 1);
    leaf[j] = (int)lw_checkint(L, "iterate", -1, "a leaf", 1, nstate) - 1;
    lua_pop(L, 1);
  }
  return leaf;
}

/* core.tracing.iteration(graph, outs, leaves, records, stop, turn) -> iteration: outs[j] is the new
 * value of input leaves[j] of the graph; records is a list of symbols or nil, stop a list of one or
 * nil; turn, for tests: matrices are turned whether it pays or not */
static int iteration_new(lua_State *L) {
  lw_graph *graph = luaL_checkudata(L, 1, LW_GRAPH);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_settop(L, 6);
  if (graph->g == NULL) lw_error(L, "iterate: the graph has been collected");
  if (lua_rawlen(L, 3) != lua_rawlen(L, 2)) lw_error(L, "iterate: each result needs its leaf");
  lw_hostof(L); /* shapes of sd.op are asked for again */
  lw_checkcaptures(L, graph->g);
  lw_iteration *s = lua_newuserdatauv(L, sizeof *s, USER_VALUES);
  memset(s, 0, sizeof *s);
  luaL_setmetatable(L, LW_ITERATION);
  s->nstate = sd_graph_inputs(graph->g);
  s->turned = lw_scratch(L, "iterate", (size_t)s->nstate, 1);
  lua_setiuservalue(L, 7, TURNED);
  const int *leaf = check_leaves(L, s->nstate);
  sd_layout layout = {s->nstate, leaf, s->turned};
  s->step = plan_of(L, graph, 2, &layout);
  layout.leaf = NULL;
  s->record = plan_of(L, graph, 4, &layout);
  s->stop = plan_of(L, graph, 5, &layout);
  sd_iterate_spec spec = {s->step, s->record, s->stop, s->nstate, leaf};
  lw_check(L, "iterate", sd_iterate_new(&spec, &s->it));
  s->arena = lw_scratch(L, "iterate", sd_iterate_arena(s->it), 1);
  lua_setiuservalue(L, 7, ARENA);
  lua_getiuservalue(L, 1, 1);
  lua_setiuservalue(L, 7, KEPT);
  lua_settop(L, 7);
  return 1;
}

static int iteration_gc(lua_State *L) {
  lw_iteration *s = luaL_checkudata(L, 1, LW_ITERATION);
  sd_iterate_free(s->it);
  sd_plan_free(s->step);
  sd_plan_free(s->record);
  sd_plan_free(s->stop);
  memset(s, 0, sizeof *s);
  return 0;
}

/* ---- the state --------------------------------------------------------------------------------*/

/* The type of leaf k as scripts see it. */
static sd_type leaf_type(const lw_iteration *s, int k) {
  sd_type t = sd_plan_input_type(s->step, k);
  return s->turned[k] ? sd_type_matrix(t.cols, t.rows, t.dtype) : t;
}

static size_t padded(const sd_type *t) {
  size_t bytes;
  if (sd_mem_size(t->rows, t->cols, sd_type_size(t), &bytes) != SD_OK) return 0;
  return sd_align_up(bytes);
}

/* Memory for the leaves: headers, then elements. */
static void make_state(lua_State *L, lw_iteration *s) {
  size_t heads = sd_align_up((size_t)s->nstate * sizeof(sd_mat));
  size_t bytes = heads;
  for (int k = 0; k < s->nstate; k++) {
    sd_type t = sd_plan_input_type(s->step, k);
    bytes += padded(&t);
  }
  char *at = lw_scratch(L, "iterate", bytes, 1);
  lua_setiuservalue(L, 1, STATE);
  s->state = (sd_mat *)(void *)at;
  at += heads;
  for (int k = 0; k < s->nstate; k++) {
    sd_type t = sd_plan_input_type(s->step, k);
    s->state[k] = sd_mat_over(t.rows, t.cols, t.dtype, at);
    at += padded(&t);
  }
}

/* Leaf k of the state <- the value at index `at`. */
static void read_leaf(lua_State *L, int at, const lw_iteration *s, int k) {
  double cell;
  sd_mat *to = &s->state[k];
  sd_type t = leaf_type(s, k);
  if (to->dtype == SD_RNG) {
    const lw_rng *rng = lw_testrng(L, at);
    if (rng == NULL || rng->of != NULL) lw_argerror(L, "iterate", at, "an rng");
    memcpy(to->x, &rng->at, sizeof rng->at);
    return;
  }
  sd_mat x = lw_checkoperand(L, "iterate", at, &cell);
  if (x.rows != t.rows || x.cols != t.cols || x.dtype != t.dtype)
    lw_error(L, "iterate: a leaf of the state has changed its shape");
  if (s->turned[k])
    sd_mat_transpose(&x, to);
  else
    sd_mat_copy(&x, to);
}

/* Pushes a value of type t to be written to. */
static void new_leaf(lua_State *L, const sd_type *t) {
  if (t->dtype == SD_RNG)
    lw_pushrng(L, (sd_rng){0, 0});
  else if (t->number)
    lua_pushnumber(L, 0);
  else
    lw_newmat(L, "iterate", t->rows, t->cols, t->dtype);
}

/* Value k + 1 of the list at the top of the stack <- leaf k of the state, of type t. */
static void write_leaf(lua_State *L, const lw_iteration *s, int k, const sd_type *t) {
  const sd_mat *from = &s->state[k];
  if (t->number)
    lua_pushnumber(L, sd_mat_get(from, 0, 0));
  else
    lua_rawgeti(L, -1, k + 1);
  if (t->dtype == SD_RNG)
    lw_testrng(L, -1)->at = *(const sd_rng *)from->x;
  else if (s->turned[k])
    sd_mat_transpose(from, lw_testmat(L, -1));
  else if (!t->number)
    sd_mat_copy(from, lw_testmat(L, -1));
  lua_rawseti(L, -2, k + 1);
}

/* iteration:state() -> list of the leaves' present values, copies. All are made before one is read:
 * memory that is taken may run finalisers, and those this iteration. */
static int state(lua_State *L) {
  const lw_iteration *s = check_begun(L);
  lua_createtable(L, s->nstate, 0);
  for (int pass = 0; pass < 2; pass++)
    for (int k = 0; k < s->nstate; k++) {
      sd_type t = leaf_type(s, k);
      if (pass == 1) {
        write_leaf(L, s, k, &t);
        continue;
      }
      new_leaf(L, &t);
      lua_rawseti(L, -2, k + 1);
    }
  return 1;
}

/* ---- running ----------------------------------------------------------------------------------*/

/* A new owner for records; its header goes to *m, and it to the list at the top of the stack. */
static void make_record(lua_State *L, sd_mat *m, ptrdiff_t rows, int64_t cols, int dtype, int at) {
  *m = *lw_newmat(L, "iterate", rows, (ptrdiff_t)cols, dtype);
  lua_rawseti(L, -2, at);
}

/* iteration:begin(leaves, from, n, every): steps from + 1 to n; every = 0 for no records */
static int begin(lua_State *L) {
  lw_iteration *s = check_iteration(L);
  int64_t from = luaL_checkinteger(L, 3), n = luaL_checkinteger(L, 4);
  int64_t every = luaL_checkinteger(L, 5);
  luaL_checktype(L, 2, LUA_TTABLE);
  if (from < 0 || n < from || n > (int64_t)1 << 53 || every < 0)
    lw_error(L, "iterate: steps %lld to %lld, every %lld, are none", (long long)from, (long long)n,
             (long long)every);
  s->number = ++lw_hostof(L)->iterations;
  if (s->state == NULL) make_state(L, s);
  for (int k = 0; k < s->nstate; k++) {
    lua_rawgeti(L, 2, k + 1);
    read_leaf(L, lua_gettop(L), s, k);
    lua_pop(L, 1);
  }
  int outs = s->record && every > 0 ? sd_plan_outputs(s->record) : 0;
  int64_t columns = every > 0 ? sd_iterate_columns(from, n, every) : 0;
  sd_mat *heads = lw_scratch(L, "iterate", (size_t)outs + 1, sizeof *heads);
  lua_createtable(L, outs + 2, 0);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, outs + 2); /* the headers live as long as the list */
  for (int j = 0; j < outs; j++) {
    sd_type t = sd_plan_output_type(s->record, j);
    make_record(L, &heads[j], t.rows * t.cols, columns, t.dtype, j + 1);
  }
  make_record(L, &heads[outs], 1, columns, SD_F64, outs + 1);
  lua_setiuservalue(L, 1, RECORDS);
  sd_iterate_bind(s->it, s->arena, s->state, NULL);
  sd_iterate_begin(s->it, from, n, every, heads, &heads[outs]);
  s->begun = 1;
  return 0;
}

/* Raises that a step, record or stopping rule has failed, and after how many steps. */
static int fail(lua_State *L, const lw_iteration *s, int status) {
  if (status == SD_ENOMEM || status == SD_EHOST || status == SD_EINTR ||
      *sd_iterate_why(s->it) == 0)
    lw_fail(L, "iterate", status);
  int in_step = sd_iterate_in_step(s->it); /* the sentence names the script's line itself */
  lua_pushfstring(L, "iterate: %s %I: %s", in_step ? "step" : "after step",
                  (LUAI_UACINT)sd_iterate_t(s->it) + in_step, sd_iterate_why(s->it));
  return lua_error(L);
}

/* iteration:run(upto) -> "paused", "done", "stopped", "diverged" or "interrupted"; an error in a
 * step is raised, and the state stays that of the last completed step. Ctrl-C while the script's
 * own ops and schedules run is an interrupt too. */
static int run(lua_State *L) {
  static const char *const words[] = {"paused", "done", "stopped", "diverged", "interrupted", NULL};
  lw_iteration *s = check_begun(L);
  int64_t upto = luaL_checkinteger(L, 2);
  lw_host *host = lw_hostof(L);
  long around = host->iteration;
  int before = sd_interrupts(), status;
  host->iteration = s->number;
  s->running = 1; /* nothing raises until it is 0 again */
  int end = sd_iterate_run(s->it, upto);
  s->running = 0;
  host->iteration = around;
  if (end == SD_RUN_FAILED && (status = sd_iterate_status(s->it)) == SD_EHOST &&
      sd_interrupts() != before) {
    lw_dropstash(L);
    end = SD_RUN_INTERRUPTED;
  }
  if (end == SD_RUN_FAILED) return fail(L, s, status);
  if (end == SD_RUN_INTERRUPTED) sd_interrupt(0); /* heard: the status says so */
  lua_pushstring(L, words[end]);
  return 1;
}

/* iteration:record(): the present state goes into one more column, if its t has none */
static int record(lua_State *L) {
  lw_iteration *s = check_begun(L);
  lw_hostof(L);
  s->running = 1; /* nothing raises until it is 0 again */
  int status = sd_iterate_record(s->it);
  s->running = 0;
  return status == SD_OK ? 0 : fail(L, s, status);
}

/* iteration:records([first]) -> list of matrices, one column a record from number first on, times
 * last; copies */
static int records(lua_State *L) {
  const lw_iteration *s = check_begun(L);
  ptrdiff_t first = (ptrdiff_t)luaL_optinteger(L, 2, 1) - 1;
  if (first < 0) lw_error(L, "iterate: records count from 1");
  ptrdiff_t n = (ptrdiff_t)sd_iterate_recorded(s->it);
  lua_getiuservalue(L, 1, RECORDS);
  int count = (int)lua_rawlen(L, -1) - 1;
  if (first > n) first = n;
  lua_createtable(L, count, 0);
  for (int j = 1; j <= count; j++) {
    lua_rawgeti(L, -2, j);
    const sd_mat *all = lw_testmat(L, -1);
    sd_mat part = sd_mat_block(all, 0, first, all->rows, n - first);
    sd_mat_copy(&part, lw_newmat(L, "iterate", part.rows, part.cols, part.dtype));
    lua_rawseti(L, -3, j);
    lua_pop(L, 1);
  }
  return 1;
}

/* iteration:t() -> the number of steps done */
static int steps_done(lua_State *L) {
  lua_pushinteger(L, sd_iterate_t(check_iteration(L)->it));
  return 1;
}

/* Adds a line for each leaf that lives turned; their names are the list at index 2. */
static void add_turned(lua_State *L, luaL_Buffer *b, const lw_iteration *s) {
  char line[SD_SHAPE + 100], shape[SD_SHAPE];
  for (int k = 0; k < s->nstate; k++) {
    if (!s->turned[k]) continue;
    sd_type t = sd_plan_input_type(s->step, k);
    lua_rawgeti(L, 2, k + 1);
    const char *name = lua_tostring(L, -1);
    snprintf(line, sizeof line, "turned     %.40s lives as its transpose, %s\n", name ? name : "?",
             sd_type_shape(&t, shape));
    lua_pop(L, 1);
    luaL_addstring(b, line);
  }
}

/* iteration:explain(names of the leaves) -> a string: the step, then what records and stop do */
static int explain(lua_State *L) {
  lw_iteration *s = check_iteration(L);
  const sd_plan *plans[] = {s->step, s->record, s->stop};
  static const char *const titles[] = {"step", "record", "stop"};
  luaL_Buffer b;
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_buffinit(L, &b);
  for (int k = 0; k < 3; k++) {
    if (plans[k] == NULL || sd_plan_outputs(plans[k]) == 0) continue;
    luaL_addstring(&b, k == 0 ? "" : "\n");
    luaL_addstring(&b, titles[k]);
    luaL_addstring(&b, "\n");
    lw_pushreport(L, plans[k]);
    luaL_addvalue(&b);
    if (k == 0) add_turned(L, &b, s);
  }
  luaL_pushresult(&b);
  return 1;
}

/* iteration:recorded() -> the number of columns so far */
static int recorded(lua_State *L) {
  lua_pushinteger(L, sd_iterate_recorded(check_iteration(L)->it));
  return 1;
}

static const luaL_Reg methods[] = {{"begin", begin},   {"run", run},         {"state", state},
                                   {"record", record}, {"records", records}, {"recorded", recorded},
                                   {"t", steps_done},  {"explain", explain}, {NULL, NULL}};

void lw_open_iterate(lua_State *L) {
  lua_pushcfunction(L, iteration_new);
  lua_setfield(L, -2, "iteration");
  luaL_newmetatable(L, LW_ITERATION);
  lua_pushcfunction(L, iteration_gc);
  lua_setfield(L, -2, "__gc");
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, LW_ITERATION);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
