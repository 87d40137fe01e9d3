/* sd.op: ops whose kernel and rules are Lua functions.
 *
 * The core calls them through the function pointers of an sd_op, each call protected (lw_protect).
 * Matrices are handed over as copies, so that a script never holds memory of a plan. An op that is
 * running cannot be entered again. */
#include "lw.h"
#include "saddle/status.h"
#include <stdio.h>
#include <string.h>

#define LW_OP "saddle.op"

enum { NAME = 64, ROOM = 16 /* stack slots besides those of arguments */ };

typedef struct lw_userop { /* its user value is the table that sd.op was given */
  sd_op op;
  lw_host *host;
  char name[NAME];
  int running;
} lw_userop;

/* What a protected call works on: one of run, infer, reverse, forward. */
typedef struct job {
  lw_userop *u;
  const sd_call *call;
  sd_site *site;
  sd_graph *g;
  sd_ref self;
  const sd_ref *given; /* cotangents of results, or tangents of arguments */
  sd_ref *made;        /* cotangents of arguments, or tangents of results */
} job;

/* ---- calls from the core ----------------------------------------------------------------------*/

/* Pushes field `name` of the op's table; 0, and nothing is pushed, when there is none. */
static int push_field(lua_State *L, const lw_userop *u, const char *name) {
  lw_pushliveop(L, &u->op);
  lua_getiuservalue(L, -1, 1);
  int found = lua_getfield(L, -1, name) != LUA_TNIL;
  lua_replace(L, -3);
  lua_pop(L, found ? 1 : 2);
  return found;
}

/* Calls f(j) protected. */
static int protect(lua_CFunction f, job *j) {
  j->u->running++;
  int status = lw_protect(j->u->host, f, j);
  j->u->running--;
  return status;
}

static void refuse_reentry(lua_State *L, const job *j) {
  if (j->u->running > 1)
    lw_error(L, "%s: the op is running already; it cannot call itself", j->u->name);
}

/* ---- shapes -----------------------------------------------------------------------------------*/

static int protected_shape(lua_State *L) {
  job *j = lua_touserdata(L, 1);
  sd_site *s = j->site;
  int numbers = 1;
  for (int k = 0; k < s->nargs; k++) numbers &= s->in[k].number;
  s->out[0] = sd_type_matrix(s->in[0].rows, s->in[0].cols, s->in[0].dtype);
  s->out[0].number = numbers; /* of numbers a number, unless the shape says otherwise */
  luaL_checkstack(L, s->nargs + ROOM, j->u->name);
  if (!push_field(L, j->u, "shape")) return 0;
  for (int k = 0; k < s->nargs; k++) {
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, s->in[k].rows);
    lua_setfield(L, -2, "rows");
    lua_pushinteger(L, s->in[k].cols);
    lua_setfield(L, -2, "cols");
    lua_pushstring(L, sd_dtype_name(s->in[k].dtype));
    lua_setfield(L, -2, "dtype");
  }
  lua_call(L, s->nargs, 2);
  s->out[0].rows = lw_checkdim(L, j->u->name, -2, "the number of rows that shape gives");
  s->out[0].cols = lw_checkdim(L, j->u->name, -1, "the number of columns that shape gives");
  s->out[0].number = numbers && s->out[0].rows == 1 && s->out[0].cols == 1;
  return 0;
}

static int infer(sd_site *s) {
  job j = {.u = s->op->ctx, .site = s};
  int status = protect(protected_shape, &j);
  if (status != SD_OK) snprintf(s->why, SD_WHY, "%s: its shape function failed", s->op->name);
  return status;
}

/* ---- the kernel -------------------------------------------------------------------------------*/

static int protected_run(lua_State *L) {
  job *j = lua_touserdata(L, 1);
  const sd_call *c = j->call;
  const sd_mat *y = &c->out[0];
  char got[LW_SHAPE], want[LW_SHAPE];
  refuse_reentry(L, j);
  luaL_checkstack(L, c->nargs + ROOM, j->u->name);
  push_field(L, j->u, "run");
  for (int k = 0; k < c->nargs; k++)
    sd_mat_copy(&c->in[k], lw_newmat(L, j->u->name, c->in[k].rows, c->in[k].cols, c->in[k].dtype));
  lua_call(L, c->nargs, 1);
  double cell;
  sd_mat made;
  if (!lw_testmat(L, -1) && !lw_isnumber(L, -1))
    lw_error(L, "%s: run must return a matrix or a number, got %s", j->u->name,
             lw_show(L, -1, got));
  made = lw_checkoperand(L, j->u->name, lua_gettop(L), &cell);
  lw_match(&made, &cell, y->dtype);
  if (!sd_mat_same_shape(&made, y) || made.dtype != y->dtype)
    lw_error(L, "%s: run returned %s, its shape says %s", j->u->name, lw_describe(&made, got),
             lw_describe(y, want));
  sd_mat out = *y;
  sd_mat_copy(&made, &out);
  return 0;
}

static int run(const sd_call *c) {
  job j = {.u = c->op->ctx, .call = c};
  return protect(protected_run, &j);
}

/* ---- rules ------------------------------------------------------------------------------------*/

/* Pushes the symbols of the application's arguments. */
static void push_arguments(lua_State *L, const job *j, int graph) {
  const sd_node *n = sd_node_at(j->g, j->self);
  for (int k = 0; k < n->nargs; k++) lw_pushsymbol(L, j->u->name, graph, n->args[k]);
}

/* The node of what a rule returned at `arg`, brought to type t; nil is 0. */
static sd_ref returned(lua_State *L, const job *j, int graph, int arg, const char *what,
                       const sd_type *t) {
  char got[SD_SHAPE], want[SD_SHAPE], shown[LW_SHAPE];
  sd_type has;
  if (lua_isnil(L, arg)) return 0;
  if (!lw_typeof(L, arg, &has))
    lw_error(L, "%s: %s must be a matrix or a number, got %s", j->u->name, what,
             lw_show(L, arg, shown));
  sd_ref r = lw_checkref(L, j->u->name, graph, arg);
  if (r < 0) lw_fail(L, j->u->name, r);
  has = sd_node_at(j->g, r)->type;
  sd_attr attr = {.k = {t->dtype, t->number}};
  if (sd_type_same(&has, t)) return r;
  if (has.rows != t->rows || has.cols != t->cols)
    lw_error(L, "%s: %s is %s, it must be %s", j->u->name, what, sd_type_shape(&has, got),
             sd_type_shape(t, want));
  r = sd_emit(j->g, &sd_op_to, &attr, 1, &r, 1);
  if (r < 0) lw_fail(L, j->u->name, r);
  return r;
}

/* made[] <- vjp(dy, y, x1, ...), dy the node r; in the graph at stack index `graph`. */
static void apply_vjp(lua_State *L, const job *j, int graph, sd_ref r, sd_ref *made) {
  const sd_node *n = sd_node_at(j->g, j->self);
  int base = lua_gettop(L);
  luaL_checkstack(L, 2 * n->nargs + ROOM, j->u->name);
  push_field(L, j->u, "vjp");
  lw_pushsymbol(L, j->u->name, graph, r);
  lw_pushsymbol(L, j->u->name, graph, j->self);
  push_arguments(L, j, graph);
  lua_call(L, n->nargs + 2, n->nargs);
  for (int k = 0; k < n->nargs; k++) {
    char what[LW_SHAPE];
    snprintf(what, sizeof what, "what vjp gives for argument %d", k + 1);
    made[k] = returned(L, j, graph, base + 1 + k, what, &sd_node_at(j->g, n->args[k])->type);
  }
  lua_settop(L, base);
}

/* jvp({dx1, ...}, y, x1, ...), the tangents being the nodes dot[]; a zero is a matrix of zeros. */
static sd_ref apply_jvp(lua_State *L, const job *j, int graph, const sd_ref *dot) {
  const sd_node *n = sd_node_at(j->g, j->self);
  int base = lua_gettop(L);
  luaL_checkstack(L, n->nargs + ROOM, j->u->name);
  push_field(L, j->u, "jvp");
  lua_createtable(L, n->nargs, 0);
  for (int k = 0; k < n->nargs; k++) {
    lw_pushsymbol(L, j->u->name, graph, dot[k]);
    lua_rawseti(L, -2, k + 1);
  }
  lw_pushsymbol(L, j->u->name, graph, j->self);
  push_arguments(L, j, graph);
  lua_call(L, n->nargs + 2, 1);
  sd_ref r = returned(L, j, graph, base + 1, "what jvp gives", &n->type);
  lua_settop(L, base);
  return r;
}

static sd_ref zeros(const job *j, sd_ref like) {
  sd_type t = sd_node_at(j->g, like)->type;
  sd_attr attr = {.k = {t.rows, t.cols, t.dtype, t.number}};
  return sd_emit(j->g, &sd_op_full, &attr, 0, NULL, 1);
}

static void check(lua_State *L, const job *j, int status) {
  if (status != SD_OK) lw_refused(L, j->u->name, j->g, status);
}

static int has_field(lua_State *L, const job *j, const char *name) {
  int found = push_field(L, j->u, name);
  if (found) lua_pop(L, 1);
  return found;
}

static void refuse_derivative(lua_State *L, const job *j) {
  lw_error(L, "%s: the op has no derivative; give sd.op a vjp or a jvp", j->u->name);
}

/* Without a vjp it is the adjoint of jvp, which is linear in the tangents. */
static int protected_reverse(lua_State *L) {
  job *j = lua_touserdata(L, 1);
  const sd_node *n = sd_node_at(j->g, j->self);
  refuse_reentry(L, j);
  lw_pushgraphof(L, j->g);
  int graph = lua_gettop(L);
  if (has_field(L, j, "vjp")) {
    apply_vjp(L, j, graph, j->given[0], j->made);
    return 0;
  }
  if (!has_field(L, j, "jvp")) refuse_derivative(L, j);
  sd_ref *d = lw_scratch(L, j->u->name, (size_t)n->nargs, sizeof *d);
  for (int k = 0; k < n->nargs; k++) d[k] = sd_graph_alias(j->g, zeros(j, n->args[k]));
  sd_ref t = apply_jvp(L, j, graph, d);
  if (t != 0) check(L, j, sd_reverse(j->g, 1, &t, j->given, n->nargs, d, j->made));
  return 0;
}

/* Without a jvp it is the adjoint of vjp, which is linear in the cotangent. */
static int protected_forward(lua_State *L) {
  job *j = lua_touserdata(L, 1);
  const sd_node *n = sd_node_at(j->g, j->self);
  refuse_reentry(L, j);
  lw_pushgraphof(L, j->g);
  int graph = lua_gettop(L);
  sd_ref *bar = lw_scratch(L, j->u->name, 2 * (size_t)n->nargs, sizeof *bar);
  sd_ref *dot = bar + n->nargs;
  if (has_field(L, j, "jvp")) {
    for (int k = 0; k < n->nargs; k++) dot[k] = j->given[k] ? j->given[k] : zeros(j, n->args[k]);
    j->made[0] = apply_jvp(L, j, graph, dot);
    return 0;
  }
  if (!has_field(L, j, "vjp")) refuse_derivative(L, j);
  sd_ref u = sd_graph_alias(j->g, zeros(j, j->self));
  int count = 0;
  apply_vjp(L, j, graph, u, bar);
  for (int k = 0; k < n->nargs; k++)
    if (bar[k] != 0 && j->given[k] != 0) {
      bar[count] = bar[k];
      dot[count++] = j->given[k];
    }
  check(L, j, sd_reverse(j->g, count, bar, dot, 1, &u, j->made));
  return 0;
}

static int rule(lua_CFunction f, sd_graph *g, sd_ref self, const sd_ref *given, sd_ref *made) {
  const sd_op *op = sd_node_at(g, self)->op;
  job j = {.u = op->ctx, .g = g, .self = self, .given = given, .made = made};
  return protect(f, &j);
}

static int reverse(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  return rule(protected_reverse, g, self, cot, bar);
}
static int forward(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  return rule(protected_forward, g, self, dot, tan);
}

/* ---- sd.op ------------------------------------------------------------------------------------*/

/* Raises unless field `name` of the table at 1 is a function or, where allowed, absent. */
static void check_function(lua_State *L, const char *name, int needed) {
  char buf[LW_SHAPE];
  int type = lua_getfield(L, 1, name);
  if (type != LUA_TFUNCTION && (needed || type != LUA_TNIL))
    lw_error(L, "op: '%s' must be a function, got %s", name, lw_show(L, -1, buf));
  lua_pop(L, 1);
}

/* sd.op{name=, run=function(A, ...) -> Y[, shape=function(A, ...) -> rows, cols]
 * [, vjp=function(dY, Y, A, ...) -> dA, ...][, jvp=function({dA, ...}, Y, A, ...) -> dY]} -> op
 *
 * op(A, ...) is a function like any other of sd: of matrices, numbers and symbols, under all
 * transforms and in plans. run works on matrices (numbers come as 1x1) and gives a matrix of A's
 * dtype, of the shape that `shape` gives for {rows=,cols=,dtype=} of each argument, by default A's.
 * vjp and jvp are written in sd functions, linear in dY or dA; either follows from the other. */
static int op_new(lua_State *L) {
  static const char *const names[] = {"name", "run", "shape", "vjp", "jvp", NULL};
  char buf[LW_SHAPE];
  if (!lua_istable(L, 1)) lw_argerror(L, "op", 1, "a table {name=, run=, ...}");
  lw_options(L, "op", 1, names);
  lua_settop(L, 1);
  if (lua_getfield(L, 1, "name") != LUA_TSTRING || lua_rawlen(L, -1) >= NAME)
    lw_error(L, "op: 'name' must be a string of less than %d letters, got %s", NAME,
             lw_show(L, -1, buf));
  check_function(L, "run", 1);
  check_function(L, "shape", 0);
  check_function(L, "vjp", 0);
  check_function(L, "jvp", 0);
  lw_userop *u = lua_newuserdatauv(L, sizeof *u, 1);
  memset(u, 0, sizeof *u);
  snprintf(u->name, sizeof u->name, "%s", lua_tostring(L, 2));
  u->host = lw_hostof(L);
  u->op = (sd_op){.name = u->name,
                  .nargs = -1,
                  .ctx = u,
                  .infer = infer,
                  .run = run,
                  .reverse = reverse,
                  .forward = forward,
                  .kink = sd_kink_untold,
                  .column = sd_column_mixes,
                  .flops = sd_flops_one};
  luaL_setmetatable(L, LW_OP);
  lua_createtable(L, 0, 5); /* a copy: later changes to the table given change nothing */
  for (int k = 0; names[k]; k++) {
    lua_getfield(L, 1, names[k]);
    lua_setfield(L, -2, names[k]);
  }
  lua_setiuservalue(L, -2, 1);
  lw_registerop(L, &u->op);
  return 1;
}

static int call(lua_State *L) {
  lw_userop *u = luaL_checkudata(L, 1, LW_OP);
  int n = lua_gettop(L) - 1;
  if (n < 1) lw_error(L, "%s: needs at least one argument", u->name);
  u->host->L = L;
  lua_rotate(L, 1, -1); /* so that messages count the arguments from 1 */
  return lw_apply(L, &u->op, NULL, 1, n);
}

static int tostring(lua_State *L) {
  lw_userop *u = luaL_checkudata(L, 1, LW_OP);
  lua_pushfstring(L, "op %s", u->name);
  return 1;
}

void lw_open_userop(lua_State *L) {
  lua_pushcfunction(L, op_new);
  lua_setfield(L, -2, "op");
  luaL_newmetatable(L, LW_OP);
  lua_pushcfunction(L, call);
  lua_setfield(L, -2, "__call");
  lua_pushcfunction(L, tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, LW_OP);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
