/* Symbols: what a traced function is called on, and how the functions of the op table are applied.
 *
 * A symbol has the fields, operators and methods of a matrix; each records a node and gives a new
 * symbol. What needs a value (an order, an equality, a write) raises and says what to do instead. */
#include "lw.h"
#include "saddle/status.h"
#include <stdio.h>
#include <string.h>

enum { MOST = 8 }; /* arguments of a function of the op table that is called on values */

/* ---- symbols and graphs -----------------------------------------------------------------------*/

lw_symbol *lw_testsymbol(lua_State *L, int arg) { return luaL_testudata(L, arg, LW_SYMBOL); }

int lw_anysymbol(lua_State *L, int first, int n) {
  for (int k = 0; k < n; k++)
    if (lw_testsymbol(L, first + k)) return 1;
  return 0;
}

void lw_nosymbol(lua_State *L, const char *fn, int n, const char *way) {
  if (lw_anysymbol(L, 1, n)) lw_error(L, "%s: has no traced form: %s", fn, way);
}

lw_graph *lw_pushgraph(lua_State *L, const char *fn, int arg) {
  lw_symbol *s = lw_testsymbol(L, arg);
  if (!s->of->open)
    lw_error(L,
             "%s: argument %d is a symbol of a function that has been traced; results leave a "
             "function as its return values",
             fn, arg);
  lua_getiuservalue(L, arg, 1);
  return s->of;
}

void lw_place(lua_State *L, lw_graph *graph) {
  lua_Debug at;
  for (int level = 1; lua_getstack(L, level, &at); level++) {
    lua_getinfo(L, "Sl", &at);
    if (at.currentline <= 0) continue;
    if (graph->source == NULL || strcmp(graph->source, at.short_src) != 0)
      graph->source = sd_graph_string(graph->g, at.short_src);
    sd_graph_place(graph->g, graph->source, at.currentline);
    return;
  }
}

/* Raises the sentence for a negative status of a builder. */
static int refused(lua_State *L, const char *fn, const sd_graph *g, int status) {
  if (status == SD_ENOMEM || status == SD_EHOST || *sd_graph_why(g) == 0) lw_fail(L, fn, status);
  lw_error(L, "%s", sd_graph_why(g));
}

void lw_pushsymbol(lua_State *L, const char *fn, int graph, sd_ref r) {
  graph = lua_absindex(L, graph);
  lw_graph *of = lua_touserdata(L, graph);
  if (r < 0) refused(L, fn, of->g, r);
  lw_symbol *s = lua_newuserdatauv(L, sizeof *s, 1);
  *s = (lw_symbol){of, r, 0};
  lua_pushvalue(L, graph);
  lua_setiuservalue(L, -2, 1);
  luaL_setmetatable(L, LW_SYMBOL);
}

/* The node of the matrix at arg, which the graph keeps alive. */
static sd_ref capture(lua_State *L, int graph, int arg) {
  lw_graph *of = lua_touserdata(L, graph);
  sd_mat m = *lw_testmat(L, arg);
  lw_owner *owner = lw_pushowner(L, arg);
  sd_capture what = {m, owner, &owner->version};
  lua_getiuservalue(L, graph, 1); /* the set of owners */
  lua_pushvalue(L, -2);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  lua_pop(L, 2);
  return sd_graph_capture(of->g, &what);
}

sd_ref lw_checkref(lua_State *L, const char *fn, int graph, int arg) {
  lw_graph *of = lua_touserdata(L, graph);
  lw_symbol *s = lw_testsymbol(L, arg);
  if (s && s->of != of)
    lw_error(L, "%s: argument %d is a symbol of another function's trace; pass it as an argument",
             fn, arg);
  if (s) return s->ref;
  if (lw_testmat(L, arg)) return capture(L, graph, arg);
  if (!lw_isnumber(L, arg)) lw_argerror(L, fn, arg, "a matrix or a number");
  return sd_graph_number(of->g, lua_tonumber(L, arg));
}

int lw_typeof(lua_State *L, int arg, sd_type *type) {
  const sd_mat *a = lw_testmat(L, arg);
  const lw_symbol *s = a ? NULL : lw_testsymbol(L, arg);
  if (a)
    *type = sd_type_matrix(a->rows, a->cols, a->dtype);
  else if (s)
    *type = sd_node_at(s->of->g, s->ref)->type;
  else if (lw_isnumber(L, arg))
    *type = sd_type_number();
  else
    return 0;
  return 1;
}

/* ---- applying ops -----------------------------------------------------------------------------*/

static int outs_of(const sd_op *op) { return op->nouts > 0 ? op->nouts : 1; }

/* With a symbol at stack index `symbol`: records the application. */
static int record(lua_State *L, const sd_op *op, const sd_attr *attr, int first, int nargs,
                  int symbol) {
  sd_ref *args;
  int nouts = outs_of(op), last = first + nargs - 1;
  if (lua_gettop(L) < last) lua_settop(L, last); /* absent arguments are nil, not what is pushed */
  lw_graph *of = lw_pushgraph(L, op->name, symbol);
  int graph = lua_gettop(L);
  args = lw_scratch(L, op->name, (size_t)nargs, sizeof *args);
  lw_place(L, of); /* of the captured arguments too */
  for (int k = 0; k < nargs; k++) args[k] = lw_checkref(L, op->name, graph, first + k);
  if (op->ctx) {
    lua_getiuservalue(L, graph, 1);
    lw_keepop(L, -1, op);
    lua_pop(L, 1);
  }
  sd_ref r = sd_emit(of->g, op, attr, nargs, args, nouts);
  lua_pop(L, 1);
  for (int j = 0; j < nouts; j++) lw_pushsymbol(L, op->name, graph, r < 0 ? r : r + j);
  return nouts;
}

/* Pushes out[j] as what its type says: a number, or a new matrix whose header goes to out[j]. */
static void make_output(lua_State *L, const sd_op *op, const sd_type *t, sd_mat *out,
                        double *cell) {
  if (t->number)
    *out = sd_mat_over(1, 1, SD_F64, cell);
  else
    *out = *lw_newmat(L, op->name, t->rows, t->cols, t->dtype);
}

/* On values alone: the shape rule, the outputs, the kernel. */
static int run(lua_State *L, const sd_op *op, const sd_attr *attr, int first, int nargs) {
  static const sd_attr none;
  double cells[MOST], results[MOST];
  sd_mat in[MOST], out[MOST];
  sd_type types[MOST] = {{0}}, made[MOST];
  char why[SD_WHY];
  int nouts = outs_of(op), status;
  if (nargs > MOST) lw_error(L, "%s: at most %d arguments", op->name, MOST);
  for (int k = 0; k < nargs; k++) {
    in[k] = lw_checkoperand(L, op->name, first + k, &cells[k]);
    types[k] = (sd_type){in[k].rows, in[k].cols, in[k].dtype, in[k].x == &cells[k]};
  }
  int dtype = sd_joined_dtype(op, nargs, types);
  for (int k = 0; k < nargs && dtype == SD_F32; k++)
    if (types[k].number && (op->joined >> k & 1)) {
      lw_match(&in[k], &cells[k], dtype);
      types[k] = sd_type_matrix(1, 1, dtype);
    }
  sd_site site = {op, attr ? attr : &none, nargs, nouts, types, made, why};
  status = sd_infer(&site);
  if (status == SD_EHOST) lw_fail(L, op->name, status);
  if (status != SD_OK) lw_error(L, "%s", why);
  for (int j = 0; j < nouts; j++) make_output(L, op, &made[j], &out[j], &results[j]);
  sd_call call = {op, site.attr, nargs, nouts, in, out};
  status = op->run(&call);
  if (status != SD_OK) {
    if (status == SD_EINTR || status == SD_ENOMEM || status == SD_EHOST)
      lw_fail(L, op->name, status);
    sd_fail(&call, status, why);
    lw_error(L, "%s", why);
  }
  for (int j = nouts - 1, matrices = 0; j >= 0; j--) /* numbers go between the matrices */
    if (made[j].number) {
      lua_pushnumber(L, results[j]);
      lua_insert(L, -1 - matrices++);
    } else
      matrices++;
  return nouts;
}

int lw_apply(lua_State *L, const sd_op *op, const sd_attr *attr, int first, int nargs) {
  for (int k = 0; k < nargs; k++)
    if (lw_testsymbol(L, first + k)) return record(L, op, attr, first, nargs, first + k);
  return run(L, op, attr, first, nargs);
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

static const sd_type *type_of(const lw_symbol *s) { return &sd_node_at(s->of->g, s->ref)->type; }

/* s.rows, s.cols, s.dtype, else a method (upvalue 1 holds them). */
static int index_field(lua_State *L) {
  const lw_symbol *s = lw_testsymbol(L, 1);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
  size_t n = key ? strlen(key) : 0;
  if (key == NULL) lw_error(L, "symbol: elements are A(i,j) or A(k), not A[...]");
  if (lw_isword(L, 2, "rows"))
    lua_pushinteger(L, type_of(s)->rows);
  else if (lw_isword(L, 2, "cols"))
    lua_pushinteger(L, type_of(s)->cols);
  else if (lw_isword(L, 2, "dtype"))
    lua_pushstring(L, sd_dtype_name(type_of(s)->dtype));
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
  const sd_type *t = type_of(lw_testsymbol(L, 1));
  lua_pushinteger(L, t->rows * t->cols);
  return 1;
}

/* "symbol matmul 3x4 f64 (fig.lua:12)" */
static int tostring(lua_State *L) {
  char shape[SD_SHAPE], text[SD_SHAPE + 160];
  const lw_symbol *s = lw_testsymbol(L, 1);
  const sd_node *n = sd_node_at(s->of->g, s->ref);
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
  luaL_newmetatable(L, LW_SYMBOL);
  luaL_setfuncs(L, metamethods, 0);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "methods");
  lua_pushcclosure(L, index_field, 1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, LW_SYMBOL);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
