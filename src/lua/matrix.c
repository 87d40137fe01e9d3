/* sd.matrix and the other constructors; fields, elements and conversions of matrices. What does not
 * build one from nothing takes symbols too (symbol.c).
 *
 * Shapes in comments: A(m,n) is m rows, n columns; sizes are whole numbers from 0; options
 * {dtype="f64"|"f32"} come last, f64 being the default. */
#include "lw.h"
#include "saddle/kernel.h"
#include <math.h>
#include <string.h>

static const char *const dtype_only[] = {"dtype", NULL};

/* ---- constructors -----------------------------------------------------------------------------*/

/* Raises the sentence for the value at the top of the stack, which is no element. */
static void refuse_element(lua_State *L, lua_Integer i, lua_Integer j) {
  char buf[LW_SHAPE];
  lw_error(L, "matrix: element (%lld,%lld) must be a number, got %s", (long long)i, (long long)j,
           lw_show(L, -1, buf));
}

/* The number at the top of the stack, an element of sd.matrix's table; popped. */
static double element(lua_State *L, lua_Integer i, lua_Integer j) {
  if (!lw_isnumber(L, -1)) refuse_element(L, i, j);
  double v = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return v;
}

/* Pushes row i of sd.matrix's table, which has n elements. */
static void push_row(lua_State *L, lua_Integer i, ptrdiff_t n) {
  char buf[LW_SHAPE];
  if (lua_rawgeti(L, 1, i) != LUA_TTABLE)
    lw_error(L, "matrix: row %lld must be a table, got %s", (long long)i, lw_show(L, -1, buf));
  if ((ptrdiff_t)lua_rawlen(L, -1) != n)
    lw_error(L, "matrix: row %lld has %lld elements, row 1 has %td", (long long)i,
             (long long)lua_rawlen(L, -1), n);
}

/* Pushes element (i,j) of sd.matrix's table: of a list of rows, or of a list. */
static void push_element(lua_State *L, lua_Integer i, lua_Integer j, ptrdiff_t cols, int nested) {
  if (!nested) {
    lua_rawgeti(L, 1, i);
    return;
  }
  push_row(L, i, cols);
  lua_rawgeti(L, -1, j);
  lua_remove(L, -2);
}

/* 1 when sd.matrix's table holds a symbol; there is none unless a function is being traced. */
static int holds_symbols(lua_State *L, ptrdiff_t rows, ptrdiff_t cols, int nested) {
  int found = 0;
  if (lw_pushcurrent(L) == NULL) return 0;
  lua_pop(L, 1);
  for (lua_Integer i = 1; i <= rows && !found; i++)
    for (lua_Integer j = 1; j <= cols && !found; j++) {
      push_element(L, i, j, cols, nested);
      found = lw_testsymbol(L, -1) != NULL;
      lua_pop(L, 1);
    }
  return found;
}

/* The elements one after the other, laid out. */
static int from_symbols(lua_State *L, ptrdiff_t rows, ptrdiff_t cols, int nested, int dtype) {
  enum { LONGEST = 100000 };
  sd_type t;
  sd_attr shape = {.k = {rows, cols}}, to = {.k = {dtype, 0}};
  int first = lua_gettop(L) + 1, n = rows * cols <= LONGEST ? (int)(rows * cols) : 0;
  if (n == 0 || !lua_checkstack(L, n + LUA_MINSTACK))
    lw_error(L, "matrix: a table with symbols has at most %d elements", LONGEST);
  for (lua_Integer j = 1; j <= cols; j++)
    for (lua_Integer i = 1; i <= rows; i++) {
      push_element(L, i, j, cols, nested);
      if (!lw_typeof(L, -1, &t) || !t.number) refuse_element(L, i, j);
    }
  lw_apply(L, &sd_op_vcat, NULL, first, n);
  lw_apply(L, &sd_op_reshape, &shape, lua_gettop(L), 1);
  return lw_apply(L, &sd_op_to, &to, lua_gettop(L), 1);
}

static int from_table(lua_State *L, int dtype) {
  ptrdiff_t n = (ptrdiff_t)lua_rawlen(L, 1);
  int nested = lua_rawgeti(L, 1, 1) == LUA_TTABLE;
  ptrdiff_t cols = nested ? (ptrdiff_t)lua_rawlen(L, -1) : n > 0;
  lua_pop(L, 1);
  if (holds_symbols(L, n, cols, nested)) return from_symbols(L, n, cols, nested, dtype);
  sd_mat *a = lw_newmat(L, "matrix", n, cols, dtype);
  for (lua_Integer i = 1; i <= n; i++) {
    if (nested)
      push_row(L, i, cols);
    else
      lua_pushvalue(L, 1);
    for (lua_Integer j = 1; j <= cols; j++) {
      lua_rawgeti(L, -1, nested ? j : i);
      sd_mat_set(a, i - 1, j - 1, element(L, i, j));
    }
    lua_pop(L, 1);
  }
  return 1;
}

/* sd.matrix{{1,2},{3,4}} -> rows as written; sd.matrix{1,2,3} -> a column (3,1); sd.matrix(number)
 * -> 1x1; sd.matrix(A) -> a copy. */
static int matrix(lua_State *L) {
  sd_type t = sd_type_number();
  lw_options(L, "matrix", 2, dtype_only);
  int is_value = lw_typeof(L, 1, &t);
  sd_attr to = {.k = {lw_optdtype(L, "matrix", 2, t.dtype), 0}};
  if (is_value) return lw_apply(L, &sd_op_to, &to, 1, 1);
  if (!lua_istable(L, 1))
    lw_argerror(L, "matrix", 1, "a table of rows, a list, a number or a matrix");
  return from_table(L, (int)to.k[0]);
}

/* A new (m,n) of arguments 1 and 2, v everywhere; `options` is where the options are. */
static int filled(lua_State *L, const char *fn, int options, double v) {
  lw_options(L, fn, options, dtype_only);
  ptrdiff_t m = lw_checkdim(L, fn, 1, "the number of rows");
  ptrdiff_t n = lw_checkdim(L, fn, 2, "the number of columns");
  sd_mat_fill(lw_newmat(L, fn, m, n, lw_optdtype(L, fn, options, SD_F64)), v);
  return 1;
}

/* sd.zeros(m, n[, {dtype=}]) -> (m,n) */
static int zeros(lua_State *L) { return filled(L, "zeros", 3, 0); }
/* sd.ones(m, n[, {dtype=}]) -> (m,n) */
static int ones(lua_State *L) { return filled(L, "ones", 3, 1); }
/* sd.full(m, n, v[, {dtype=}]) -> (m,n), v everywhere */
static int full(lua_State *L) {
  return filled(L, "full", 4, lw_checknumber(L, "full", 3, "the value"));
}

/* sd.eye(n) -> (n,n); sd.eye(m, n) -> (m,n), ones on the diagonal */
static int eye(lua_State *L) {
  int square = !lw_isnumber(L, 2), options = square ? 2 : 3;
  lw_options(L, "eye", options, dtype_only);
  ptrdiff_t m = lw_checkdim(L, "eye", 1, "the number of rows");
  ptrdiff_t n = square ? m : lw_checkdim(L, "eye", 2, "the number of columns");
  sd_mat *a = lw_newmat(L, "eye", m, n, lw_optdtype(L, "eye", options, SD_F64));
  sd_mat_fill(a, 0);
  for (ptrdiff_t i = 0; i < m && i < n; i++) sd_mat_set(a, i, i, 1);
  return 1;
}

/* n points from a to b, both ends exact, each passed through `scale`. */
static int spaced(lua_State *L, const char *fn, double (*scale)(double)) {
  lw_options(L, fn, 4, dtype_only);
  double a = lw_checknumber(L, fn, 1, "the first value");
  double b = lw_checknumber(L, fn, 2, "the last value");
  ptrdiff_t n = lw_checkdim(L, fn, 3, "the number of points");
  sd_mat *x = lw_newmat(L, fn, n, 1, lw_optdtype(L, fn, 4, SD_F64));
  for (ptrdiff_t i = 0; i < n; i++) {
    double t = n > 1 ? (double)i / (double)(n - 1) : 0; /* the two products cannot overflow */
    sd_mat_set(x, i, 0, scale(i == n - 1 && n > 1 ? b : a * (1 - t) + b * t));
  }
  return 1;
}

static double identity(double x) { return x; }
static double ten_to(double x) { return pow(10, x); }
/* sd.linspace(a, b, n) -> (n,1) */
static int linspace(lua_State *L) { return spaced(L, "linspace", identity); }
/* sd.logspace(a, b, n) -> (n,1), from 10^a to 10^b */
static int logspace(lua_State *L) { return spaced(L, "logspace", ten_to); }

/* sd.diag(column (n,1)) -> (n,n); sd.diag(square (n,n)) -> its diagonal (n,1) */
static int diag(lua_State *L) { return lw_apply(L, &sd_op_diag, NULL, 1, 1); }

/* ---- fields and elements ----------------------------------------------------------------------*/

/* A.rows, A.cols, A.dtype, else a method (upvalue 1 holds them). */
static int index_field(lua_State *L) {
  const sd_mat *a = lw_checkmat(L, "matrix", 1);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
  if (key == NULL) lw_error(L, "matrix: elements are A(i,j) or A(k), not A[...]");
  if (lw_isword(L, 2, "rows"))
    lua_pushinteger(L, a->rows);
  else if (lw_isword(L, 2, "cols"))
    lua_pushinteger(L, a->cols);
  else if (lw_isword(L, 2, "dtype"))
    lua_pushstring(L, sd_dtype_name(a->dtype));
  else {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL)
      lw_error(L, "matrix: no field or method '%s' (functions are called as sd.%s(A))", key, key);
  }
  return 1;
}

/* A.x = v */
static int refuse_newindex(lua_State *L) {
  lw_error(L, "matrix: fields cannot be assigned; elements are set by A:set(i, j, v)");
}

/* A < B, A <= B */
static int refuse_order(lua_State *L) {
  lw_error(L, "matrix: matrices have no order; sd.lt, sd.le, sd.gt and sd.ge give masks");
}

/* The 0-based (i,j) named by the indices at arg (and arg+1 when `pair`). */
static void locate(lua_State *L, const char *fn, const sd_mat *a, int arg, int pair, ptrdiff_t *i,
                   ptrdiff_t *j) {
  if (pair) {
    *i = lw_checkindex(L, fn, arg, "row", a->rows);
    *j = lw_checkindex(L, fn, arg + 1, "column", a->cols);
  } else {
    ptrdiff_t k = lw_checkindex(L, fn, arg, "position", a->rows * a->cols);
    *i = k % a->rows;
    *j = k / a->rows;
  }
}

/* As call, with a symbol among A, i, j: a number symbol. */
static int call_symbols(lua_State *L, int pair) {
  sd_attr element_at = {.k = {0, 0, 1, 1, 1, SD_SAYS_MATRIX}};
  sd_attr position_at = {.k = {0, SD_SAYS_MATRIX, 1}};
  sd_type t = lw_checktype(L, "matrix", 1);
  if (!pair) {
    lw_checkposition(L, "matrix", 2, "position", t.rows * t.cols);
    return lw_apply(L, &sd_op_gather, &position_at, 1, 2);
  }
  lw_checkposition(L, "matrix", 2, "row", t.rows);
  lw_checkposition(L, "matrix", 3, "column", t.cols);
  return lw_apply(L, &sd_op_slice, &element_at, 1, 3);
}

/* A(i,j), A(k) -> number; negative indices count from the end; k runs down the columns */
static int call(lua_State *L) {
  ptrdiff_t i, j;
  const sd_mat *a = lw_testmat(L, 1);
  int pair = !lua_isnoneornil(L, 3);
  int plain = a && lw_isnumber(L, 2) && (!pair || lw_isnumber(L, 3)); /* the way that is hot */
  if (!plain && lw_anysymbol(L, 1, pair ? 3 : 2)) return call_symbols(L, pair);
  if (!plain) a = lw_checkmat(L, "matrix", 1);
  locate(L, "matrix", a, 2, pair, &i, &j);
  lua_pushnumber(L, sd_mat_get(a, i, j));
  return 1;
}

/* A:set(i, j, v), A:set(k, v) -> A */
static int set(lua_State *L) {
  if (lw_testsymbol(L, 1))
    lw_error(L, "set: a symbol has no elements to write to; build a new value with sd.scatter_add "
                "or sd.where");
  sd_mat *a = lw_checktarget(L, "set", 1);
  int pair = !lua_isnoneornil(L, 4);
  ptrdiff_t i, j;
  locate(L, "set", a, 2, pair, &i, &j);
  sd_mat_set(a, i, j, lw_checknumber(L, "set", pair ? 4 : 3, "the value"));
  lua_settop(L, 1);
  return 1;
}

/* #A -> mn */
static int length(lua_State *L) {
  const sd_mat *a = lw_checkmat(L, "#", 1);
  lua_pushinteger(L, a->rows * a->cols);
  return 1;
}

/* A == B: same shape, same dtype, equal elements (NaN equals nothing) */
static int equal(lua_State *L) {
  const sd_mat *a = lw_testmat(L, 1), *b = lw_testmat(L, 2);
  int same = a && b && sd_mat_same_shape(a, b) && a->dtype == b->dtype;
  for (ptrdiff_t j = 0; same && a->rows > 0 && j < a->cols; j++)
    for (ptrdiff_t i = 0; same && i < a->rows; i++)
      same = sd_mat_get(a, i, j) == sd_mat_get(b, i, j);
  lua_pushboolean(L, same);
  return 1;
}

/* ---- conversions ------------------------------------------------------------------------------*/

/* A:clone() -> a copy (m,n) that shares nothing; a symbol, which nobody writes to, is itself */
static int clone(lua_State *L) {
  lua_settop(L, 1);
  if (lw_testsymbol(L, 1)) return 1;
  const sd_mat *a = lw_checkmat(L, "clone", 1);
  sd_mat_copy(a, lw_newmat(L, "clone", a->rows, a->cols, a->dtype));
  return 1;
}

/* A:t() -> the transpose (n,m), a copy */
static int transpose(lua_State *L) {
  lw_checktype(L, "t", 1);
  return lw_apply(L, &sd_op_transpose, NULL, 1, 1);
}

/* A:reshape(m, n) -> (m,n), a copy, elements in column-major order */
static int reshape(lua_State *L) {
  lw_checktype(L, "reshape", 1);
  sd_attr attr = {.k = {lw_checkdim(L, "reshape", 2, "the number of rows"),
                        lw_checkdim(L, "reshape", 3, "the number of columns")}};
  return lw_apply(L, &sd_op_reshape, &attr, 1, 1);
}

/* A:to("f32"), A:to("f64") -> a copy of that dtype */
static int to(lua_State *L) {
  lw_checktype(L, "to", 1);
  sd_attr attr = {.k = {lw_isword(L, 2, "f32") ? SD_F32 : SD_F64, 0}};
  if (!lw_isword(L, 2, sd_dtype_name((int)attr.k[0])))
    lw_argerror(L, "to", 2, "a dtype, \"f64\" or \"f32\"");
  return lw_apply(L, &sd_op_to, &attr, 1, 1);
}

/* A:totable() -> a list of m rows, each a list of n numbers */
static int totable(lua_State *L) {
  if (lw_testsymbol(L, 1))
    lw_error(L, "totable: a symbol has no values yet; return it from the function that is traced, "
                "and take the table of the result");
  const sd_mat *a = lw_checkmat(L, "totable", 1);
  lua_createtable(L, a->rows < 1 << 20 ? (int)a->rows : 0, 0);
  for (ptrdiff_t i = 0; i < a->rows; i++) {
    lua_createtable(L, a->cols < 1 << 20 ? (int)a->cols : 0, 0);
    for (ptrdiff_t j = 0; j < a->cols; j++) {
      lua_pushnumber(L, sd_mat_get(a, i, j));
      lua_rawseti(L, -2, (lua_Integer)j + 1);
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* A:item() -> the element of a 1x1 matrix as a number */
static int item(lua_State *L) {
  char shape[SD_SHAPE];
  sd_attr number = {.k = {SD_F64, 1}};
  sd_type t = lw_checktype(L, "item", 1);
  if (t.rows != 1 || t.cols != 1)
    lw_error(L, "item: only a 1x1 matrix is a number, this one is %s", sd_type_shape(&t, shape));
  return lw_apply(L, &sd_op_to, &number, 1, 1);
}

/* sd.ismatrix(v) -> whether v is a matrix */
static int ismatrix(lua_State *L) {
  if (lua_isnone(L, 1)) lw_argerror(L, "ismatrix", 1, "a value");
  lua_pushboolean(L, lw_testmat(L, 1) != NULL);
  return 1;
}

/* core.printer(f): f(A) -> string becomes tostring of matrices (lua/saddle/format.lua) */
static int printer(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  luaL_getmetatable(L, LW_MATRIX);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "__tostring");
  return 0;
}

static const luaL_Reg functions[] = {
    {"matrix", matrix},     {"zeros", zeros}, {"ones", ones},
    {"full", full},         {"eye", eye},     {"linspace", linspace},
    {"logspace", logspace}, {"diag", diag},   {"ismatrix", ismatrix},
    {"printer", printer},   {NULL, NULL}};

static const luaL_Reg methods[] = {{"set", set},         {"clone", clone}, {"t", transpose},
                                   {"reshape", reshape}, {"to", to},       {"totable", totable},
                                   {"item", item},       {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__call", call},
                                       {"__len", length},
                                       {"__eq", equal},
                                       {"__newindex", refuse_newindex},
                                       {"__lt", refuse_order},
                                       {"__le", refuse_order},
                                       {NULL, NULL}};

void lw_pushmethods(lua_State *L) {
  luaL_getmetatable(L, LW_MATRIX);
  lua_getfield(L, -1, "methods");
  lua_remove(L, -2);
}

void lw_sharemethods(lua_State *L, const luaL_Reg *shared) {
  lw_pushmethods(L);
  luaL_setfuncs(L, shared, 0);
  luaL_getmetatable(L, LW_SYMBOL);
  lua_getfield(L, -1, "methods");
  luaL_setfuncs(L, shared, 0);
  lua_pop(L, 3);
}

/* Runs after lw_open_symbol. */
void lw_open_matrix(lua_State *L) {
  luaL_setfuncs(L, functions, 0);
  lw_newclass(L, LW_MATRIX, LW_IS_MATRIX);
  luaL_setfuncs(L, metamethods, 0);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "methods");
  lua_pushcclosure(L, index_field, 1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, LW_MATRIX); /* what getmetatable(A) shows: scripts cannot change the rest */
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lw_sharemethods(L, methods);
  luaL_getmetatable(L, LW_SYMBOL);
  lua_pushcfunction(L, call);
  lua_setfield(L, -2, "__call");
  lua_pop(L, 1);
}
