/* Views (col, row, block), gathers of columns and rows, and concatenation; of symbols all are ops.
 *
 * A view aliases its owner and keeps it alive: writing through one is seen by the other. A gather
 * (indices instead of a number) is a copy. */
#include "lw.h"

/* 0-based first index and count from arguments 2 and 3: (j) one, (j, j2) inclusive, j2 = j - 1
 * none. */
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

/* The block of argument 1 at (i,j), from 0: a view of a matrix, a slice of a symbol. */
static int block_of(lua_State *L, ptrdiff_t i, ptrdiff_t j, ptrdiff_t m, ptrdiff_t n, int caller) {
  sd_attr attr = {.k = {i, j, m, n, 0, caller}};
  if (lw_testsymbol(L, 1)) return lw_apply(L, &sd_op_slice, &attr, 1, 1);
  lw_newview(L, 1, sd_mat_block(lw_testmat(L, 1), i, j, m, n));
  return 1;
}

/* A:col (dim 2) or A:row (dim 1): a range of plain numbers, or indices. */
static int lines(lua_State *L, const char *fn, int dim, int caller) {
  const char *what = dim == 1 ? "row" : "column";
  sd_type t = lw_checktype(L, fn, 1), index;
  ptrdiff_t limit = dim == 1 ? t.rows : t.cols, count;
  if (!lua_isnoneornil(L, 3) && lw_anysymbol(L, 2, 2))
    lw_error(L,
             "%s: a range has plain numbers at its ends, since sizes are fixed when a function is "
             "traced; A:block(i, j, m, n) takes symbols as i and j",
             fn);
  if (lw_isnumber(L, 2)) {
    ptrdiff_t first = range(L, fn, what, limit, &count);
    return dim == 1 ? block_of(L, first, 0, count, t.cols, caller)
                    : block_of(L, 0, first, t.rows, count, caller);
  }
  lw_checkindices(L, fn, 2, what, limit);
  lw_typeof(L, 2, &index);
  sd_attr attr = {.k = {dim, caller, index.number}};
  return lw_apply(L, &sd_op_gather, &attr, 1, 2);
}

/* A:col(j) -> view (m,1); A:col(j, j2) -> view (m, j2-j+1); A:col(indices) -> copy (m, #indices) */
static int col(lua_State *L) { return lines(L, "col", 2, SD_SAYS_COL); }

/* A:row(i) -> view (1,n); A:row(i, i2) -> view (i2-i+1, n); A:row(indices) -> copy (#indices, n) */
static int row(lua_State *L) { return lines(L, "row", 1, SD_SAYS_ROW); }

/* As block, with a symbol among A, i, j and a place that is not plain: a slice. */
static int block_at(lua_State *L, const sd_type *t, ptrdiff_t m, ptrdiff_t n) {
  sd_attr attr = {.k = {0, 0, m, n, 0, SD_SAYS_BLOCK}};
  ptrdiff_t size[2] = {m, n}, limit[2] = {t->rows, t->cols};
  for (int k = 0; k < 2; k++) {
    if (size[k] > 0) {
      lw_checkposition(L, "block", 2 + k, k == 0 ? "row" : "column", limit[k]);
    } else { /* none: wherever it stands */
      lua_pushinteger(L, 1);
      lua_replace(L, 2 + k);
    }
  }
  return lw_apply(L, &sd_op_slice, &attr, 1, 3);
}

/* A:block(i, j, m, n) -> view (m,n) whose first element is A(i,j) */
static int block(lua_State *L) {
  char shape[SD_SHAPE];
  sd_type t = lw_checktype(L, "block", 1);
  ptrdiff_t m = lw_checkdim(L, "block", 4, "the number of rows");
  ptrdiff_t n = lw_checkdim(L, "block", 5, "the number of columns");
  ptrdiff_t i = 0, j = 0;
  int plain = lw_isnumber(L, 2) && lw_isnumber(L, 3);
  if (!plain && lw_anysymbol(L, 1, 3)) return block_at(L, &t, m, n);
  if (m > 0) i = lw_checkindex(L, "block", 2, "row", t.rows);
  if (n > 0) j = lw_checkindex(L, "block", 3, "column", t.cols);
  if (m > t.rows - i || n > t.cols - j)
    lw_error(L, "block: %tdx%td from (%td,%td) does not fit in %s", m, n, i + 1, j + 1,
             sd_type_shape(&t, shape));
  return block_of(L, i, j, m, n, SD_SAYS_BLOCK);
}

/* Lays the arguments of a concatenation on the stack: its own, or those of one list. */
static int spread(lua_State *L, const char *fn) {
  if (lua_gettop(L) == 1 && lua_istable(L, 1)) {
    lua_Unsigned n = lua_rawlen(L, 1);
    if (n > 100000 || !lua_checkstack(L, (int)n + LUA_MINSTACK))
      lw_error(L, "%s: the list is too long", fn);
    for (lua_Unsigned k = 1; k <= n; k++) lua_rawgeti(L, 1, (lua_Integer)k);
    lua_remove(L, 1);
  }
  if (lua_gettop(L) == 0) lw_error(L, "%s: needs at least one matrix", fn);
  return lua_gettop(L);
}

/* Joins its arguments; numbers count as 1x1 and take the dtype of the matrices. */
static int concatenate(lua_State *L, const char *fn, const sd_op *op) {
  int n = spread(L, fn), dtype = -1;
  for (int k = 1; k <= n; k++) {
    sd_type t = lw_checkoperandtype(L, fn, k);
    if (t.number) continue;
    if (dtype >= 0 && t.dtype != dtype)
      lw_error(L, "%s: dtypes differ: argument %d is %s, those before are %s", fn, k,
               sd_dtype_name(t.dtype), sd_dtype_name(dtype));
    dtype = t.dtype;
  }
  return lw_apply(L, op, NULL, 1, n);
}

/* sd.hcat(A, B, ...) -> side by side; sd.vcat(A, B, ...) -> on top of each other; or of one list */
static int hcat(lua_State *L) { return concatenate(L, "hcat", &sd_op_hcat); }
static int vcat(lua_State *L) { return concatenate(L, "vcat", &sd_op_vcat); }

static const luaL_Reg functions[] = {{"hcat", hcat}, {"vcat", vcat}, {NULL, NULL}};
static const luaL_Reg methods[] = {{"col", col}, {"row", row}, {"block", block}, {NULL, NULL}};

void lw_open_view(lua_State *L) {
  luaL_setfuncs(L, functions, 0);
  lw_sharemethods(L, methods);
}
