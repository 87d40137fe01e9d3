/* Element-wise functions, masks, where and reductions.
 *
 * Every function of SD_MAPS, SD_ZIPS and SD_REDUCES is served by one closure each kind, whose first
 * upvalue is its number. Functions of numbers give numbers; reductions give a number, or with
 * {dim=1} one value per column (1xn), with {dim=2} one per row (mx1). */
#include "lw.h"
#include "saddle/kernel.h"
#include "saddle/status.h"

static int which(lua_State *L) { return (int)lua_tointeger(L, lua_upvalueindex(1)); }

/* ---- functions of one element -----------------------------------------------------------------*/

/* p <- the parameters that follow argument 1: slope (0.01), alpha (1), lo and hi, or the order. */
static void parameters(lua_State *L, int fn, const char *name, double p[2]) {
  char lo[LW_SHAPE], hi[LW_SHAPE];
  if (fn == SD_MAP_LEAKY_RELU)
    p[0] = lua_isnoneornil(L, 2) ? 0.01 : lw_checknumber(L, name, 2, "the slope");
  else if (fn == SD_MAP_ELU)
    p[0] = lua_isnoneornil(L, 2) ? 1 : lw_checknumber(L, name, 2, "alpha");
  else if (fn == SD_MAP_CLAMP) {
    p[0] = lw_checknumber(L, name, 2, "the lower bound");
    p[1] = lw_checknumber(L, name, 3, "the upper bound");
    if (!(p[0] <= p[1]))
      lw_error(L, "%s: the bounds must satisfy lo <= hi, got lo = %s, hi = %s", name,
               lw_number(p[0], lo), lw_number(p[1], hi));
  } else if (fn == SD_MAP_POLYGAMMA)
    p[0] = (double)lw_checkint(L, name, 2, "the order", 0, SD_ORDER_MOST);
}

/* Replaces the nargs values on top by op of them. */
static void apply_top(lua_State *L, const sd_op *op, int nargs) {
  int first = lua_gettop(L) - nargs + 1;
  lw_apply(L, op, NULL, first, nargs);
  lua_replace(L, first);
  lua_settop(L, first);
}
static void zip_top(lua_State *L, int fn) { apply_top(L, &sd_zip_ops[fn], 2); }

/* Argument arg, which is a parameter: a symbol must stand for a number, as an element. */
static void push_parameter(lua_State *L, const char *name, int arg, const char *what) {
  char shape[SD_SHAPE];
  sd_type t;
  if (!lw_testsymbol(L, arg))
    lw_checknumber(L, name, arg, what);
  else if (lw_typeof(L, arg, &t) && (t.rows != 1 || t.cols != 1))
    lw_error(L, "%s: %s must be a number, got a %s symbol", name, what, sd_type_shape(&t, shape));
  lua_pushvalue(L, arg);
}

/* The functions with parameters that are symbols, in terms of others:
 *   leaky_relu = where(A >= 0, A, slope A), elu = where(A > 0, A, alpha expm1(A)),
 *   clamp = min(max(A, lo), hi), which is hi where lo > hi. */
static int composed(lua_State *L, int fn, const char *name) {
  sd_type t;
  if (!lw_typeof(L, 1, &t)) lw_argerror(L, name, 1, "a matrix or a number");
  lua_settop(L, 3);
  if (fn == SD_MAP_CLAMP) {
    lua_pushvalue(L, 1);
    push_parameter(L, name, 2, "the lower bound");
    zip_top(L, SD_ZIP_MAX);
    push_parameter(L, name, 3, "the upper bound");
    zip_top(L, SD_ZIP_MIN);
    return 1;
  }
  int leaky = fn == SD_MAP_LEAKY_RELU;
  lua_pushvalue(L, 1);
  lua_pushnumber(L, 0);
  zip_top(L, leaky ? SD_ZIP_GE : SD_ZIP_GT);
  lua_pushvalue(L, 1);
  push_parameter(L, name, 2, leaky ? "the slope" : "alpha");
  lua_pushvalue(L, 1);
  if (!leaky) apply_top(L, &sd_map_ops[SD_MAP_EXPM1], 1);
  zip_top(L, SD_ZIP_MUL);
  apply_top(L, &sd_op_where, 3);
  return 1;
}

/* sd.exp(A) -> (m,n), sd.exp(number) -> number, and so on; sd.leaky_relu(A[, slope = 0.01]),
 * sd.elu(A[, alpha = 1]), sd.clamp(A, lo, hi), sd.polygamma(A, order) */
static int map(lua_State *L) {
  int fn = which(L);
  sd_attr attr = {.p = {0}};
  int parametric = fn == SD_MAP_LEAKY_RELU || fn == SD_MAP_ELU || fn == SD_MAP_CLAMP;
  if (parametric && lw_anysymbol(L, 2, 2)) return composed(L, fn, sd_map_name(fn));
  parameters(L, fn, sd_map_name(fn), attr.p);
  return lw_apply(L, &sd_map_ops[fn], &attr, 1, 1);
}

/* A:exp_() -> A, changed in place, and so on; parameters follow as in sd.exp */
static int map_in_place(lua_State *L) {
  int fn = which(L);
  const char *name = lua_tostring(L, lua_upvalueindex(2)); /* exp_ */
  double p[2] = {0, 0};
  sd_mat *x = lw_checktarget(L, name, 1);
  parameters(L, fn, name, p);
  lw_check(L, name, sd_map(fn, p, x, x));
  lua_settop(L, 1);
  return 1;
}

/* ---- functions of two elements, where ---------------------------------------------------------*/

/* sd.lt(A, B) and le gt ge eq ne -> (m,n) of 1 and 0, broadcasting; of two numbers 1 or 0 */
static int mask(lua_State *L) { return lw_zip(L, which(L)); }

/* sd.where(mask, A, B) -> (m,n): A where the mask is not 0, else B; broadcasts; three numbers give
 * a number */
static int where(lua_State *L) { return lw_apply(L, &sd_op_where, NULL, 1, 3); }

/* ---- reductions -------------------------------------------------------------------------------*/

static int is_position(int fn) { return fn == SD_REDUCE_ARGMAX || fn == SD_REDUCE_ARGMIN; }

/* Options {dim=}, and for var and std {ddof=0 or 1}: the divisor is (number of elements) - ddof. */
static int options(lua_State *L, int fn, const char *name, int *ddof) {
  static const char *const dim_only[] = {"dim", NULL}, *const with_ddof[] = {"dim", "ddof", NULL};
  char buf[LW_SHAPE];
  int spread = fn == SD_REDUCE_VAR || fn == SD_REDUCE_STD;
  lw_options(L, name, 2, spread ? with_ddof : dim_only);
  double d = spread ? lw_optnumber(L, name, 2, "ddof", 0) : 0;
  if (d != 0 && d != 1)
    lw_error(L, "%s: option 'ddof' must be 0 or 1, got %s", name, lw_number(d, buf));
  *ddof = (int)d;
  return lw_optdim(L, name, 2, 0);
}

/* sd.sum(A) -> number; sd.sum(A, {dim=1}) -> (1,n); sd.sum(A, {dim=2}) -> (m,1); so mean, max, min,
 * argmax, argmin (1-based, down the columns), logsumexp, and var and std with {ddof=} */
static int reduce(lua_State *L) {
  int fn = which(L), ddof;
  int dim = options(L, fn, sd_reduce_name(fn), &ddof);
  sd_attr attr = {.k = {dim, ddof}};
  lw_apply(L, &sd_reduce_ops[fn], &attr, 1, 1);
  if (is_position(fn) && lw_isnumber(L, -1)) lua_pushinteger(L, (lua_Integer)lua_tonumber(L, -1));
  return 1;
}

/* sd.max(A, B) -> (m,n), the larger element by element, broadcasts; else a reduction, as sd.sum */
static int extremum(lua_State *L) {
  sd_type t;
  if (lw_typeof(L, 2, &t) || lw_istree(L, 2))
    return lw_zip(L, (int)lua_tointeger(L, lua_upvalueindex(2)));
  return reduce(L);
}

/* ---- registration -----------------------------------------------------------------------------*/

static void set_closure(lua_State *L, const char *name, lua_CFunction f, int fn) {
  lua_pushinteger(L, fn);
  lua_pushcclosure(L, f, 1);
  lua_setfield(L, -2, name);
}

static void set_extremum(lua_State *L, int reduction, int zip) {
  lua_pushinteger(L, reduction);
  lua_pushinteger(L, zip);
  lua_pushcclosure(L, extremum, 2);
  lua_setfield(L, -2, sd_reduce_name(reduction));
}

/* The methods exp_ and so on; the name is kept for messages. */
static void open_methods(lua_State *L) {
  lw_pushmethods(L);
  for (int fn = 0; fn < SD_MAP_COUNT; fn++) {
    lua_pushfstring(L, "%s_", sd_map_name(fn));
    lua_pushinteger(L, fn);
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, map_in_place, 2);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
}

void lw_open_function(lua_State *L) {
  static const luaL_Reg functions[] = {{"where", where}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  for (int fn = 0; fn < SD_MAP_COUNT; fn++)
    if (fn != SD_MAP_NEG) set_closure(L, sd_map_name(fn), map, fn);
  for (int fn = SD_ZIP_LT; fn <= SD_ZIP_NE; fn++) set_closure(L, sd_zip_name(fn), mask, fn);
  for (int fn = 0; fn < SD_REDUCE_COUNT; fn++)
    if (fn != SD_REDUCE_NORM) set_closure(L, sd_reduce_name(fn), reduce, fn);
  set_extremum(L, SD_REDUCE_MAX, SD_ZIP_MAX);
  set_extremum(L, SD_REDUCE_MIN, SD_ZIP_MIN);
  open_methods(L);
}
