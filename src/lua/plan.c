/* core.tracing.plan: graphs made ready to run, with the memory that they run in. */
#include "saddle/plan.h"
#include "lw.h"
#include "saddle/status.h"
#include <string.h>

#define LW_PLAN "saddle.plan"

/* User values: the arena; what the plan's graph keeps alive (ops, owners of captured matrices); the
 * same of the graph whose captures are in force. A shared plan keeps the ops alone, and captures
 * for the time of a run: it serves every graph of its key. */
enum { ARENA = 1, KEPT = 2, LATEST = 3 };

typedef struct lw_plan {
  sd_plan *p;
  void *arena;
  int bound, shared;
  int running; /* an op of sd.op may not enter the plan that runs it */
} lw_plan;

static lw_plan *check_plan(lua_State *L, int arg) {
  lw_plan *plan = luaL_checkudata(L, arg, LW_PLAN);
  if (plan->p == NULL) lw_error(L, "plan: it was not made");
  return plan;
}

/* The nodes of the list at index 2, of the graph at index 1, in scratch memory that is pushed. */
static sd_ref *check_outputs(lua_State *L, int *nout) {
  luaL_checktype(L, 2, LUA_TTABLE);
  if (((lw_graph *)lua_touserdata(L, 1))->g == NULL)
    lw_error(L, "plan: the graph has been collected");
  lw_hostof(L); /* shapes of sd.op are asked for again */
  *nout = (int)lua_rawlen(L, 2);
  sd_ref *outs = lw_scratch(L, "plan", (size_t)*nout, sizeof *outs);
  for (int j = 0; j < *nout; j++) {
    lua_rawgeti(L, 2, j + 1);
    outs[j] = lw_checkref(L, "plan", 1, lua_gettop(L));
    if (outs[j] < 0) lw_fail(L, "plan", outs[j]);
    lua_pop(L, 1);
  }
  return outs;
}

/* core.tracing.key(graph, outs) -> a string; equal strings: plan:run(inputs, graph) of a plan made
 * for one serves the other */
static int key(lua_State *L) {
  lw_graph *graph = luaL_checkudata(L, 1, LW_GRAPH);
  uint64_t words[2];
  int nout;
  sd_ref *outs = check_outputs(L, &nout);
  lw_check(L, "plan", sd_plan_key(graph->g, nout, outs, words));
  lua_pushlstring(L, (const char *)words, sizeof words);
  return 1;
}

/* core.tracing.plan(graph, outs) -> plan; outs is a list of symbols, matrices or numbers */
static int plan_new(lua_State *L) {
  lw_graph *graph = luaL_checkudata(L, 1, LW_GRAPH);
  int nout;
  sd_ref *outs = check_outputs(L, &nout);
  lw_checkcaptures(L, graph->g);
  lw_plan *plan = lua_newuserdatauv(L, sizeof *plan, 3);
  *plan = (lw_plan){NULL, NULL, 0, 0, 0};
  luaL_setmetatable(L, LW_PLAN);
  lw_check(L, "plan", sd_plan_new(graph->g, nout, outs, 0, &plan->p));
  plan->arena = lw_scratch(L, "plan", sd_plan_arena(plan->p), 1);
  lua_setiuservalue(L, -2, ARENA);
  lua_getiuservalue(L, 1, 1);
  lua_setiuservalue(L, -2, KEPT);
  return 1;
}

/* plan:share() -> plan: from now on every run needs a graph, whose captures it uses */
static int share(lua_State *L) {
  lw_plan *plan = check_plan(L, 1);
  lua_newtable(L);
  lua_getiuservalue(L, 1, KEPT);
  lua_pushnil(L);
  while (lua_next(L, -2)) { /* the ops among what is kept */
    lua_pop(L, 1);
    if (lw_testmat(L, -1)) continue;
    lua_pushvalue(L, -1);
    lua_pushboolean(L, 1);
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
  lua_setiuservalue(L, 1, KEPT);
  plan->shared = 1;
  lua_settop(L, 1);
  return 1;
}

/* plan:size() -> bytes of its arena; plan:running() -> whether it runs now */
static int size(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)sd_plan_arena(check_plan(L, 1)->p));
  return 1;
}
static int running(lua_State *L) {
  lua_pushboolean(L, check_plan(L, 1)->running);
  return 1;
}

static int plan_gc(lua_State *L) {
  lw_plan *plan = luaL_checkudata(L, 1, LW_PLAN);
  sd_plan_free(plan->p);
  plan->p = NULL;
  return 0;
}

/* Pushes a list of what the outputs go to: new matrices and rngs, and zeros for numbers. It is made
 * before the plan runs: memory that is taken may run finalisers, and those this plan. */
static void push_outputs(lua_State *L, const sd_plan *p) {
  int n = sd_plan_outputs(p);
  lua_createtable(L, n, 0);
  for (int j = 0; j < n; j++) {
    sd_type t = sd_plan_output_type(p, j);
    if (t.number)
      lua_pushnumber(L, 0);
    else if (t.dtype == SD_RNG)
      lw_pushrng(L, (sd_rng){0, 0});
    else
      lw_newmat(L, "plan", t.rows, t.cols, t.dtype);
    lua_rawseti(L, -2, j + 1);
  }
}

/* The outputs go to the list at the top of the stack. */
static void fill_outputs(lua_State *L, const sd_plan *p) {
  for (int j = 0; j < sd_plan_outputs(p); j++) {
    sd_type t = sd_plan_output_type(p, j);
    const sd_mat *from = sd_plan_output(p, j);
    if (t.number) {
      lua_pushnumber(L, sd_mat_get(from, 0, 0));
      lua_rawseti(L, -2, j + 1);
      continue;
    }
    lua_rawgeti(L, -1, j + 1);
    if (t.dtype == SD_RNG)
      lw_testrng(L, -1)->at = *(const sd_rng *)from->x;
    else
      sd_mat_copy(from, lw_testmat(L, -1));
    lua_pop(L, 1);
  }
}

/* The value at arg as input k; *cell holds a number. */
static sd_mat check_input(lua_State *L, const sd_plan *p, int k, int arg, double *cell) {
  char want[LW_SHAPE], got[LW_SHAPE];
  sd_type t = sd_plan_input_type(p, k), has = sd_type_rng();
  lw_rng *rng = lw_testrng(L, arg);
  sd_mat m = rng && rng->of == NULL ? sd_mat_over(1, 1, SD_RNG, &rng->at)
                                    : lw_checkoperand(L, "plan", arg, cell);
  if (m.dtype != SD_RNG) has = sd_type_matrix(m.rows, m.cols, m.dtype);
  if (has.rows != t.rows || has.cols != t.cols || has.dtype != t.dtype)
    lw_error(L, "plan: input %d must be %s, got %s", k + 1, lw_describetype(&t, want),
             lw_describetype(&has, got));
  return m;
}

/* plan:fits(list of matrices and numbers) -> whether they have the types of its inputs */
static int fits(lua_State *L) {
  const lw_plan *plan = check_plan(L, 1);
  int n = sd_plan_inputs(plan->p), same = lua_rawlen(L, 2) == (size_t)n;
  for (int k = 0; k < n && same; k++) {
    sd_type has, t = sd_plan_input_type(plan->p, k);
    lua_rawgeti(L, 2, k + 1);
    same = lw_typeof(L, lua_gettop(L), &has) && sd_type_same(&has, &t);
    lua_pop(L, 1);
  }
  lua_pushboolean(L, same);
  return 1;
}

/* The captures of the graph at index 3, which is of the plan's key, in scratch memory; NULL when
 * there is no graph. */
static sd_capture *check_captures(lua_State *L, const sd_plan *p) {
  if (lua_isnoneornil(L, 3)) return NULL;
  lw_graph *graph = luaL_checkudata(L, 3, LW_GRAPH);
  int n = sd_plan_captures(p), fits = graph->g && sd_graph_captures(graph->g) == n;
  sd_capture *captures = lw_scratch(L, "plan", (size_t)n + 1, sizeof *captures);
  for (int k = 0; k < n && fits; k++) {
    const sd_mat *was = sd_plan_capture(p, k);
    captures[k] = *sd_graph_capture_at(graph->g, k);
    fits = sd_mat_same_shape(was, &captures[k].m) && was->dtype == captures[k].m.dtype;
  }
  if (!fits) lw_error(L, "plan: the graph is not one that it serves");
  return captures;
}

/* Lays the plan over inputs and captures, which it keeps alive from now on. Nothing raises. */
static void bind(lua_State *L, lw_plan *plan, const sd_mat *in, const sd_capture *captures) {
  if (plan->bound && captures == NULL) {
    sd_plan_feed(plan->p, in); /* keeps what was computed from captures */
    return;
  }
  if (captures) {
    lua_getiuservalue(L, 3, LW_OWNERS);
    lua_setiuservalue(L, 1, LATEST);
  }
  sd_plan_bind(plan->p, plan->arena, in, captures);
  plan->bound = 1;
}

/* plan:run(list of inputs[, graph]) -> list of outputs; with the captures of a graph of equal
 * key */
static int run(lua_State *L) {
  lw_plan *plan = check_plan(L, 1);
  int n = sd_plan_inputs(plan->p), status;
  lua_settop(L, 3);
  luaL_checktype(L, 2, LUA_TTABLE);
  sd_capture *captures = check_captures(L, plan->p);
  sd_mat *in = lw_scratch(L, "plan", (size_t)n, sizeof *in);
  double *cells = lw_scratch(L, "plan", (size_t)n, sizeof *cells);
  push_outputs(L, plan->p);
  for (int k = 0; k < n; k++) {
    lua_rawgeti(L, 2, k + 1);
    in[k] = check_input(L, plan->p, k, lua_gettop(L), &cells[k]);
    lua_pop(L, 1);
  }
  if (plan->running) lw_error(L, "plan: it is running already");
  if (plan->shared && lua_isnil(L, 3)) lw_error(L, "plan: a shared plan needs a graph");
  lw_host *host = lw_hostof(L);
  long iteration = host->iteration;
  host->iteration = 0;
  plan->running = 1; /* nothing raises until it is 0 again */
  bind(L, plan, in, captures);
  status = sd_plan_run(plan->p);
  plan->running = 0;
  host->iteration = iteration;
  if (plan->shared) {
    lua_pushnil(L);
    lua_setiuservalue(L, 1, LATEST);
  }
  if (status == SD_EINTR || status == SD_ENOMEM || status == SD_EHOST) lw_fail(L, "plan", status);
  if (status != SD_OK) { /* the sentence names the script's line itself */
    lua_pushstring(L, sd_plan_why(plan->p));
    return lua_error(L);
  }
  fill_outputs(L, plan->p);
  return 1;
}

/* A report that is counted (text NULL) or written. */
typedef struct report {
  char *text;
  size_t n;
} report;

static int append(void *to, const char *text, size_t n) {
  report *r = to;
  if (r->text) memcpy(r->text + r->n, text, n);
  r->n += n;
  return SD_OK;
}

void lw_pushreport(lua_State *L, const sd_plan *p) {
  report r = {NULL, 0};
  lw_check(L, "explain", sd_plan_explain(p, append, &r));
  r = (report){lw_scratch(L, "explain", r.n, 1), 0};
  lw_check(L, "explain", sd_plan_explain(p, append, &r));
  lua_pushlstring(L, r.text, r.n);
  lua_remove(L, -2);
}

/* plan:explain() -> a string: steps, shapes, costs, memory, what was captured */
static int explain(lua_State *L) {
  lw_pushreport(L, check_plan(L, 1)->p);
  return 1;
}

static const luaL_Reg methods[] = {{"run", run},     {"fits", fits}, {"explain", explain},
                                   {"share", share}, {"size", size}, {"running", running},
                                   {NULL, NULL}};

void lw_open_plan(lua_State *L) {
  lua_pushcfunction(L, plan_new);
  lua_setfield(L, -2, "plan");
  lua_pushcfunction(L, key);
  lua_setfield(L, -2, "key");
  luaL_newmetatable(L, LW_PLAN);
  lua_pushcfunction(L, plan_gc);
  lua_setfield(L, -2, "__gc");
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, LW_PLAN);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
