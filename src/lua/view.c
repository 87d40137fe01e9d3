/* Views (col, row, block), gathers of columns and rows, and concatenation.
 *
 * A view aliases its owner and keeps it alive: writing through one is seen by the other. A gather
 * (indices instead of a number) is a copy. */
#include "lw.h"

/* 0-based first index and count from arguments 2 and 3: (j) one, (j, j2) inclusive, j2 = j - 1 none. */
static ptrdiff_t range(lua_State *L, const char *fn, const char *what, ptrdiff_t n,
                       ptrdiff_t *count) {
  ptrdiff_t first, last;
  if (lua_isnoneornil(L, 3)) {
    *count = 1;
    return lw_checkindex(L, fn, 2, what, n);
  }
  double j = lw_checknumber(L, fn, 2, what), j2 = lw_checknumber(L, fn, 3, what);
  if (j2 == j - 1 && j >= 1 && j <= (double)n + 1) { /* an empty range, wherever it stands */
    *count = 0;
    return 0;
  }
  first = lw_checkindex(L, fn, 2, what, n);
  last = lw_checkindex(L, fn, 3, what, n);
  if (last < first - 1) lw_error(L, "%s: the range %.14g..%.14g runs backwards", fn, j, j2);
  *count = last - first + 1;
  return first;
}

/* A:col(j) -> view (m,1); A:col(j, j2) -> view (m, j2-j+1); A:col(indices) -> copy (m, #indices) */
static int col(lua_State *L) {
  const sd_mat *a = lw_checkmat(L, "col", 1);
  ptrdiff_t n, *idx;
  if (lw_isnumber(L, 2)) {
    ptrdiff_t j = range(L, "col", "column", a->cols, &n);
    lw_newview(L, 1, sd_mat_block(a, 0, j, a->rows, n));
    return 1;
  }
  idx = lw_checkindices(L, "col", 2, "column", a->cols, &n);
  sd_mat *out = lw_newmat(L, "col", a->rows, n, a->dtype);
  for (ptrdiff_t k = 0; k < n; k++) {
    sd_mat from = sd_mat_block(a, 0, idx[k], a->rows, 1),
           dest = sd_mat_block(out, 0, k, a->rows, 1);
    sd_mat_copy(&from, &dest);
  }
  return 1;
}

/* A:row(i) -> view (1,n); A:row(i, i2) -> view (i2-i+1, n); A:row(indices) -> copy (#indices, n) */
static int row(lua_State *L) {
  const sd_mat *a = lw_checkmat(L, "row", 1);
  ptrdiff_t m, *idx;
  if (lw_isnumber(L, 2)) {
    ptrdiff_t i = range(L, "row", "row", a->rows, &m);
    lw_newview(L, 1, sd_mat_block(a, i, 0, m, a->cols));
    return 1;
  }
  idx = lw_checkindices(L, "row", 2, "row", a->rows, &m);
  sd_mat *out = lw_newmat(L, "row", m, a->cols, a->dtype);
  for (ptrdiff_t j = 0; j < a->cols; j++)
    for (ptrdiff_t k = 0; k < m; k++) sd_mat_set(out, k, j, sd_mat_get(a, idx[k], j));
  return 1;
}

/* A:block(i, j, m, n) -> view (m,n) whose first element is A(i,j) */
static int block(lua_State *L) {
  char shape[LW_SHAPE];
  const sd_mat *a = lw_checkmat(L, "block", 1);
  ptrdiff_t m = lw_checkdim(L, "block", 4, "the number of rows");
  ptrdiff_t n = lw_checkdim(L, "block", 5, "the number of columns");
  ptrdiff_t i = 0, j = 0;
  if (m > 0) i = lw_checkindex(L, "block", 2, "row", a->rows);
  if (n > 0) j = lw_checkindex(L, "block", 3, "column", a->cols);
  if (m > a->rows - i || n > a->cols - j)
    lw_error(L, "block: %tdx%td from (%td,%td) does not fit in %s", m, n, i + 1, j + 1,
             lw_shape(a, shape));
  lw_newview(L, 1, sd_mat_block(a, i, j, m, n));
  return 1;
}

/* Lays the arguments of a concatenation on the stack: its own, or those of one list. */
static int spread(lua_State *L, const char *fn) {
  if (lua_gettop(L) == 1 && lua_istable(L, 1)) {
    lua_Unsigned n = lua_rawlen(L, 1);
    if (n > 100000 || !lua_checkstack(L, (int)n + 8)) lw_error(L, "%s: the list is too long", fn);
    for (lua_Unsigned k = 1; k <= n; k++) lua_rawgeti(L, 1, (lua_Integer)k);
    lua_remove(L, 1);
  }
  if (lua_gettop(L) == 0) lw_error(L, "%s: needs at least one matrix", fn);
  return lua_gettop(L);
}

/* Joins its n arguments along columns (across = 1) or rows; numbers count as 1x1. */
static int concatenate(lua_State *L, const char *fn, int across) {
  int n = spread(L, fn), dtype = -1;
  ptrdiff_t along = 0, side = -1;
  for (int k = 1; k <= n; k++) { /* the dtype of the matrices; numbers take it */
    const sd_mat *a = lw_testmat(L, k);
    if (a == NULL && !lw_isnumber(L, k)) lw_argerror(L, fn, k, "a matrix or a number");
    if (a && dtype >= 0 && a->dtype != dtype)
      lw_error(L, "%s: dtypes differ: argument %d is %s, those before are %s", fn, k,
               sd_dtype_name(a->dtype), sd_dtype_name(dtype));
    if (a) dtype = a->dtype;
    ptrdiff_t other = a ? (across ? a->rows : a->cols) : 1;
    if (side >= 0 && other != side)
      lw_error(L, "%s: argument %d has %td %s, those before have %td", fn, k, other,
               across ? "rows" : "columns", side);
    side = other;
    along += a ? (across ? a->cols : a->rows) : 1;
  }
  if (dtype < 0) dtype = SD_F64;
  sd_mat *out =
      across ? lw_newmat(L, fn, side, along, dtype) : lw_newmat(L, fn, along, side, dtype);
  for (ptrdiff_t k = 1, at = 0; k <= n; k++) {
    double cell;
    sd_mat a = lw_checkoperand(L, fn, (int)k, &cell);
    sd_mat dest = across ? sd_mat_block(out, 0, at, a.rows, a.cols)
                         : sd_mat_block(out, at, 0, a.rows, a.cols);
    sd_mat_copy(&a, &dest);
    at += across ? a.cols : a.rows;
  }
  return 1;
}

/* sd.hcat(A, B, ...) -> side by side; sd.vcat(A, B, ...) -> on top of each other; or of one list */
static int hcat(lua_State *L) { return concatenate(L, "hcat", 1); }
static int vcat(lua_State *L) { return concatenate(L, "vcat", 0); }

static const luaL_Reg functions[] = {{"hcat", hcat}, {"vcat", vcat}, {NULL, NULL}};
static const luaL_Reg methods[] = {{"col", col}, {"row", row}, {"block", block}, {NULL, NULL}};

void lw_open_view(lua_State *L) {
  luaL_setfuncs(L, functions, 0);
  lw_pushmethods(L);
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 1);
}
