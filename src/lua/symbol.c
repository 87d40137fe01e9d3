/* Symbols: what a traced function is called on, and how the functions of the op table are applied.
 *
 * A symbol has the fields, operators and methods of a matrix; each records a node and gives a new
 * symbol. What needs a value (an order, an equality, a write) raises and says what to do
 * instead. */
#include "lw.h"
#include "saddle/status.h"
#include <stdio.h>
#include <string.h>

enum { FEW = 8 }; /* arguments and results that need no memory of their own */

/* ---- symbols and graphs -----------------------------------------------------------------------*/

lw_symbol *lw_testsymbol(lua_State *L, int arg) {
  return lw_class(L, arg) == LW_IS_SYMBOL ? lua_touserdata(L, arg) : NULL;
}

int lw_anysymbol(lua_State *L, int first, int n) {
  for (int k = 0; k < n; k++)
    if (lw_testsymbol(L, first + k)) return 1;
  return 0;
}

void lw_nosymbol(lua_State *L, const char *fn, int n, const char *way) {
  if (lw_anysymbol(L, 1, n)) lw_error(L, "%s: has no traced form: %s", fn, way);
}

/* The graph of the symbol or traced rng at arg, or NULL. */
static lw_graph *graph_of(lua_State *L, int arg) {
  const void *v = lua_touserdata(L, arg);
  switch (lw_class(L, arg)) {
  case LW_IS_SYMBOL: return ((const lw_symbol *)v)->of;
  case LW_IS_RNG: return ((const lw_rng *)v)->of;
  default: return NULL;
  }
}

static void check_open(lua_State *L, const char *fn, int arg) {
  if (!graph_of(L, arg)->open)
    lw_error(L,
             "%s: argument %d is a symbol of a function that has been traced; results leave a "
             "function as its return values",
             fn, arg);
}

lw_graph *lw_pushgraph(lua_State *L, const char *fn, int arg) {
  check_open(L, fn, arg);
  lua_getiuservalue(L, arg, 1);
  return graph_of(L, arg);
}

int lw_refused(lua_State *L, const char *fn, const sd_graph *g, int status) {
  if (status == SD_ENOMEM || status == SD_EHOST || *sd_graph_why(g) == 0) lw_fail(L, fn, status);
  lw_error(L, "%s", sd_graph_why(g));
}

void lw_pushsymbol(lua_State *L, const char *fn, int graph, sd_ref r) {
  graph = lua_absindex(L, graph);
  lw_graph *of = lua_touserdata(L, graph);
  if (r < 0) lw_refused(L, fn, of->g, r);
  int is_rng = sd_node_at(of->g, r)->type.dtype == SD_RNG;
  if (is_rng)
    *(lw_rng *)lua_newuserdatauv(L, sizeof(lw_rng), 1) = (lw_rng){{0, 0}, of, r};
  else
    *(lw_symbol *)lua_newuserdatauv(L, sizeof(lw_symbol), 1) = (lw_symbol){of, r, 0};
  lua_pushvalue(L, graph);
  lua_setiuservalue(L, -2, 1);
  luaL_setmetatable(L, is_rng ? LW_RNG : LW_SYMBOL);
}

/* The node of the matrix at arg, which the graph keeps alive. */
static sd_ref capture(lua_State *L, int graph, int arg) {
  lw_graph *of = lua_touserdata(L, graph);
  sd_mat m = *lw_testmat(L, arg);
  lw_owner *owner = lw_pushowner(L, arg);
  sd_capture what = {m, &owner->version, owner->version};
  lua_getiuservalue(L, graph, LW_OWNERS);
  lua_pushvalue(L, -2);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  lua_pop(L, 2);
  sd_ref r = sd_graph_capture(of->g, &what);
  if (r > 0) lw_checkcapture(L, sd_graph_capture_at(of->g, (int)sd_node_at(of->g, r)->attr.k[0]));
  return r;
}

/* 1 when constant k of the body at stack index `graph`, which is pushed, is the value at arg. */
static int is_constant(lua_State *L, int arg, int constants, int k) {
  lua_rawgeti(L, constants, k);
  const sd_mat *a = lw_testmat(L, arg), *b = lw_testmat(L, -1);
  const lw_symbol *s = lw_testsymbol(L, arg), *t = lw_testsymbol(L, -1);
  return (a && b && sd_mat_same(a, b)) || (s && t && s->of == t->of && s->ref == t->ref);
}

/* The input of a loop's body for a matrix, or a symbol of a graph around it: equal ones are one. */
static sd_ref close_over(lua_State *L, const char *fn, int graph, int arg) {
  lw_graph *of = lua_touserdata(L, graph);
  int n, top = lua_gettop(L);
  sd_type type = lw_checkoperandtype(L, fn, arg);
  lua_getiuservalue(L, graph, LW_CONSTANTS);
  n = (int)lua_rawlen(L, top + 1);
  for (int k = 1; k <= n; k++) {
    if (is_constant(L, arg, top + 1, k)) {
      lua_rawgeti(L, top + 1, -k);
      sd_ref known = (sd_ref)lua_tointeger(L, -1);
      lua_settop(L, top);
      return known;
    }
    lua_settop(L, top + 1);
  }
  sd_ref r = sd_graph_input(of->g, type);
  if (r < 0) lw_fail(L, fn, r);
  lua_pushvalue(L, arg);
  lua_rawseti(L, top + 1, n + 1);
  lua_pushinteger(L, r);
  lua_rawseti(L, top + 1, -(n + 1));
  lua_settop(L, top);
  return r;
}

/* The node of the rng at arg, which has drawn since it came in. */
static sd_ref rng_now(lua_State *L, const char *fn, lw_graph *of, int arg) {
  const lw_rng *rng = lw_testrng(L, arg);
  sd_attr attr = {.k = {(int64_t)rng->at.ordinal}};
  if (rng->of == NULL || rng->of != of)
    lw_error(L,
             of->body ? "%s: this rng comes from outside the loop; make it a field of the state"
                      : "%s: this rng was captured by a function that is being compiled; pass it "
                        "as an argument",
             fn);
  return sd_emit(of->g, &sd_op_rng_advance, &attr, 1, &rng->base, 1);
}

sd_ref lw_checkref(lua_State *L, const char *fn, int graph, int arg) {
  lw_graph *of = lua_touserdata(L, graph);
  lw_symbol *s = lw_testsymbol(L, arg);
  if (s && s->of == of) return s->ref;
  if (s) {
    check_open(L, fn, arg);
    if (!of->body || s->of->depth >= of->depth)
      lw_error(L, "%s: argument %d is a symbol of another function's trace; pass it as an argument",
               fn, arg);
    return close_over(L, fn, graph, arg);
  }
  if (lw_testrng(L, arg)) return rng_now(L, fn, of, arg);
  if (lw_testmat(L, arg)) return of->body ? close_over(L, fn, graph, arg) : capture(L, graph, arg);
  if (!lw_isnumber(L, arg)) lw_argerror(L, fn, arg, "a matrix or a number");
  return sd_graph_number(of->g, lua_tonumber(L, arg));
}

/* A finaliser may meet a symbol whose graph has been finalised before. */
static const sd_node *node_of(lua_State *L, const lw_symbol *s) {
  if (s->of->g == NULL) lw_error(L, "symbol: its function is not being traced any more");
  return sd_node_at(s->of->g, s->ref);
}

int lw_typeof(lua_State *L, int arg, sd_type *type) {
  const sd_mat *a = lua_touserdata(L, arg);
  switch (lw_class(L, arg)) {
  case LW_IS_MATRIX: *type = sd_type_matrix(a->rows, a->cols, a->dtype); return 1;
  case LW_IS_SYMBOL: *type = node_of(L, lua_touserdata(L, arg))->type; return 1;
  default: *type = sd_type_number(); return lw_isnumber(L, arg);
  }
}

sd_type lw_checktype(lua_State *L, const char *fn, int arg) {
  sd_type t;
  if (lw_isnumber(L, arg) || !lw_typeof(L, arg, &t)) lw_argerror(L, fn, arg, "a matrix");
  return t;
}

sd_type lw_checkoperandtype(lua_State *L, const char *fn, int arg) {
  sd_type t;
  if (!lw_typeof(L, arg, &t)) lw_argerror(L, fn, arg, "a matrix or a number");
  return t;
}

/* ---- applying ops -----------------------------------------------------------------------------*/

static int outs_of(const sd_op *op) { return op->nouts > 0 ? op->nouts : 1; }

/* Records the application in the graph at the top of the stack. */
static int record(lua_State *L, const sd_op *op, const sd_attr *attr, int first, int nargs) {
  sd_ref *args;
  int nouts = outs_of(op), graph = lua_gettop(L);
  lw_graph *of = lua_touserdata(L, graph);
  args = lw_scratch(L, op->name, (size_t)nargs, sizeof *args);
  lw_place(L, of); /* of the captured arguments too */
  for (int k = 0; k < nargs; k++) args[k] = lw_checkref(L, op->name, graph, first + k);
  if (op->ctx) {
    lua_getiuservalue(L, graph, LW_OWNERS);
    lw_keepop(L, -1, op);
    lua_pop(L, 1);
  }
  sd_ref r = sd_emit(of->g, op, attr, nargs, args, nouts);
  lua_pop(L, 1);
  luaL_checkstack(L, nouts + 4, op->name);
  for (int j = 0; j < nouts; j++) lw_pushsymbol(L, op->name, graph, r < 0 ? r : r + j);
  return nouts;
}

/* Pushes out[j] as what its type says: a number, a new rng or a new matrix, whose header goes to
 * out[j]. */
static void make_output(lua_State *L, const sd_op *op, const sd_type *t, sd_mat *out,
                        double *cell) {
  if (t->number)
    *out = sd_mat_over(1, 1, SD_F64, cell);
  else if (t->dtype == SD_RNG)
    *out = sd_mat_over(1, 1, SD_RNG, &lw_pushrng(L, (sd_rng){0, 0})->at);
  else
    *out = *lw_newmat(L, op->name, t->rows, t->cols, t->dtype);
}

/* The values of an application: arguments, then results. */
typedef struct frame {
  double *cells; /* numbers */
  sd_mat *mats;
  sd_type *types;
} frame;

/* mats[], types[] <- the arguments; numbers among the joined ones take the dtype of the others. */
static void check_arguments(lua_State *L, const sd_op *op, int first, int nargs, frame *f) {
  for (int k = 0; k < nargs; k++) {
    lw_rng *rng = op->draws || op->takes_rngs ? lw_testrng(L, first + k) : NULL;
    sd_mat *m = &f->mats[k];
    *m = rng ? sd_mat_over(1, 1, SD_RNG, &rng->at)
             : lw_checkoperand(L, op->name, first + k, &f->cells[k]);
    f->types[k] = (sd_type){m->rows, m->cols, m->dtype, m->x == &f->cells[k]};
  }
  int dtype = sd_joined_dtype(op, nargs, f->types);
  for (int k = 0; k < nargs && dtype == SD_F32; k++)
    if (f->types[k].number && sd_op_joins(op, k)) {
      lw_match(&f->mats[k], &f->cells[k], dtype);
      f->types[k] = sd_type_matrix(1, 1, dtype);
    }
}

/* On values alone: the shape rule, the outputs, the kernel. */
static int run(lua_State *L, const sd_op *op, const sd_attr *attr, int first, int nargs) {
  static const sd_attr none;
  double cells[2 * FEW];
  sd_mat mats[2 * FEW];
  sd_type types[2 * FEW] = {{0}};
  char why[SD_WHY];
  int nouts = outs_of(op), status;
  size_t n = (size_t)nargs + (size_t)nouts;
  frame f = {cells, mats, types};
  if (n > 2 * FEW) {
    f.cells = lw_scratch(L, op->name, n, sizeof *f.cells);
    f.mats = lw_scratch(L, op->name, n, sizeof *f.mats);
    f.types = lw_scratch(L, op->name, n, sizeof *f.types);
  }
  check_arguments(L, op, first, nargs, &f);
  sd_type *made = f.types + nargs;
  sd_mat *out = f.mats + nargs;
  sd_site site = {op, attr ? attr : &none, nargs, nouts, f.types, made, why};
  status = sd_infer(&site);
  if (status == SD_EHOST) lw_fail(L, op->name, status);
  if (status != SD_OK) lw_error(L, "%s", why);
  luaL_checkstack(L, nouts, op->name);
  for (int j = 0; j < nouts; j++) make_output(L, op, &made[j], &out[j], &f.cells[nargs + j]);
  sd_call call = {op, site.attr, nargs, nouts, f.mats, out};
  status = op->run(&call);
  if (status != SD_OK) {
    if (status == SD_EINTR || status == SD_ENOMEM || status == SD_EHOST)
      lw_fail(L, op->name, status);
    sd_fail(&call, status, why);
    lw_error(L, "%s", why);
  }
  for (int j = nouts - 1, others = 0; j >= 0; j--) /* numbers go between the others */
    if (made[j].number) {
      lua_pushnumber(L, f.cells[nargs + j]);
      lua_insert(L, -1 - others++);
    } else
      others++;
  return nouts;
}

/* op by its upvalues, of arguments that are leaves */
static int apply_leaf(lua_State *L) {
  sd_attr attr;
  memcpy(&attr, lua_tostring(L, lua_upvalueindex(2)), sizeof attr);
  return lw_apply(L, lua_touserdata(L, lua_upvalueindex(1)), &attr, 1, lua_gettop(L));
}

/* What acts on trees leaf by leaf: functions of elements, and `*`. */
static int is_leafwise(const sd_op *op) {
  return op->infer == sd_map_ops[0].infer || op->infer == sd_zip_ops[0].infer ||
         op == &sd_op_where || op == &sd_op_matmul;
}

int lw_apply(lua_State *L, const sd_op *op, const sd_attr *attr, int first, int nargs) {
  static const sd_attr none;
  int symbol = 0, matrix = 0;
  lw_graph *inmost = NULL;
  if (op->ctx) lw_hostof(L);
  if (lw_anytree(L, first, nargs) && is_leafwise(op)) {
    lua_pushlightuserdata(L, (void *)op);
    lua_pushlstring(L, (const char *)(attr ? attr : &none), sizeof none);
    lua_pushcclosure(L, apply_leaf, 2);
    return lw_leafwise(L, first, nargs);
  }
  for (int k = 0; k < nargs; k++) {
    if (lw_testmat(L, first + k)) {
      matrix = 1;
      continue;
    }
    lw_graph *of = lua_isuserdata(L, first + k) ? graph_of(L, first + k) : NULL;
    if (of == NULL || (inmost && of->depth <= inmost->depth)) continue;
    inmost = of;
    symbol = first + k;
  }
  if (symbol == 0) {
    if (!matrix || lw_hostof(L)->open == 0 || !lw_pushstaged(L))
      return run(L, op, attr, first, nargs);
    lua_pop(L, 1);
  }
  if (lua_gettop(L) < first + nargs - 1) lua_settop(L, first + nargs - 1); /* absent ones are nil */
  if (symbol)
    lw_pushgraph(L, op->name, symbol);
  else
    lw_pushstaged(L);
  return record(L, op, attr, first, nargs);
}

/* ---- what a symbol refuses --------------------------------------------------------------------*/

static int refuse_order(lua_State *L) {
  lw_error(L, "symbol: < <= > >= need values, which a traced function does not have yet; use "
              "sd.where and the masks sd.lt, sd.le, sd.gt, sd.ge");
}

static int refuse_equality(lua_State *L) {
  lw_error(L, "symbol: == needs values, which a traced function does not have yet; use sd.eq, "
              "a mask, or rawequal for the same symbol");
}

static int refuse_newindex(lua_State *L) {
  lw_error(L, "symbol: fields cannot be assigned; build a new value with sd.scatter_add or "
              "sd.where");
}

/* ---- fields and text --------------------------------------------------------------------------*/

static const sd_type *type_of(lua_State *L) { return &node_of(L, lw_testsymbol(L, 1))->type; }

/* s.rows, s.cols, s.dtype, else a method (upvalue 1 holds them). */
static int index_field(lua_State *L) {
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
  size_t n = key ? strlen(key) : 0;
  if (key == NULL) lw_error(L, "symbol: elements are A(i,j) or A(k), not A[...]");
  if (lw_isword(L, 2, "rows"))
    lua_pushinteger(L, type_of(L)->rows);
  else if (lw_isword(L, 2, "cols"))
    lua_pushinteger(L, type_of(L)->cols);
  else if (lw_isword(L, 2, "dtype"))
    lua_pushstring(L, sd_dtype_name(type_of(L)->dtype));
  else {
    if (n > 1 && key[n - 1] == '_')
      lw_error(L,
               "symbol: %s would write in place, and a traced function has no values yet; "
               "write x = x + y and the like",
               key);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL)
      lw_error(L, "symbol: no field or method '%s' (functions are called as sd.%s(A))", key, key);
  }
  return 1;
}

static int length(lua_State *L) {
  const sd_type *t = type_of(L);
  lua_pushinteger(L, t->rows * t->cols);
  return 1;
}

/* "symbol matmul 3x4 f64 (fig.lua:12)" */
static int tostring(lua_State *L) {
  char shape[SD_SHAPE], text[SD_SHAPE + 160];
  const sd_node *n = node_of(L, lw_testsymbol(L, 1));
  int used = snprintf(text, sizeof text, "symbol %s %s", n->op->name,
                      n->type.number ? "number" : sd_type_shape(&n->type, shape));
  if (!n->type.number)
    used += snprintf(text + used, sizeof text - (size_t)used, " %s", sd_dtype_name(n->type.dtype));
  if (n->source) snprintf(text + used, sizeof text - (size_t)used, " (%s:%d)", n->source, n->line);
  lua_pushstring(L, text);
  return 1;
}

static const luaL_Reg metamethods[] = {{"__lt", refuse_order},
                                       {"__le", refuse_order},
                                       {"__eq", refuse_equality},
                                       {"__len", length},
                                       {"__tostring", tostring},
                                       {"__newindex", refuse_newindex},
                                       {NULL, NULL}};

/* Runs before the files that add operators and methods. */
void lw_open_symbol(lua_State *L) {
  lw_newclass(L, LW_SYMBOL, LW_IS_SYMBOL);
  luaL_setfuncs(L, metamethods, 0);
  /* How Lua's own messages call a symbol: "bad 'for' limit (number expected, got ...)". */
  lua_pushliteral(L, "symbol (a traced value has no value yet: sizes, loop bounds and text need "
                     "plain numbers; sd.loop, sd.where and masks take symbols)");
  lua_setfield(L, -2, "__name");
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "methods");
  lua_pushcclosure(L, index_field, 1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, LW_SYMBOL);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
