/* Sorting, scans, indexing, products of columns, softmax and normalize.
 *
 * A number counts as a 1x1 matrix, and a result that is 1x1 because all matrix arguments were
 * numbers is a number again. Indices count from 1; negative ones count from the end. */
#include "saddle/arrange.h"
#include "lw.h"

static const char *const dim_only[] = {"dim", NULL};

/* ---- order ------------------------------------------------------------------------------------*/

/* Raises unless argument 1 is a matrix, a number or a symbol: before options are looked at. */
static void check_value(lua_State *L, const char *fn) {
  double cell;
  if (!lw_testsymbol(L, 1)) lw_checkoperand(L, fn, 1, &cell);
}

/* sd.sort(A[, {dim=1, descending=false}]) -> S (m,n), I (m,n): the lines sorted, and the positions
 * their elements had, f64. Stable; NaN last. */
static int sort(lua_State *L) {
  static const char *const names[] = {"dim", "descending", NULL};
  check_value(L, "sort");
  lw_options(L, "sort", 2, names);
  sd_attr attr = {.k = {lw_optdim(L, "sort", 2, 1), lw_optbool(L, "sort", 2, "descending", 0)}};
  return lw_apply(L, &sd_op_sort, &attr, 1, 1);
}

/* sd.quantile(A, q[, {dim=}]) -> number; {dim=1}: (1,n), {dim=2}: (m,1). Linear interpolation. */
static int quantile(lua_State *L) {
  char text[LW_SHAPE];
  check_value(L, "quantile");
  double q = lw_checknumber(L, "quantile", 2, "q");
  lw_options(L, "quantile", 3, dim_only);
  sd_attr attr = {.p = {q}, .k = {lw_optdim(L, "quantile", 3, 0)}};
  if (!(q >= 0 && q <= 1)) lw_error(L, "quantile: q must be in 0..1, got %s", lw_number(q, text));
  return lw_apply(L, &sd_op_quantile, &attr, 1, 1);
}

/* ---- functions of one matrix, line by line ----------------------------------------------------*/

/* op over the lines of argument 1; def is the dim without an option. */
static int by_line(lua_State *L, const sd_op *op, int def) {
  check_value(L, op->name);
  lw_options(L, op->name, 2, dim_only);
  sd_attr attr = {.k = {lw_optdim(L, op->name, 2, def)}};
  return lw_apply(L, op, &attr, 1, 1);
}

/* sd.cumsum(A[, {dim=1}]) -> (m,n), running sums */
static int cumsum(lua_State *L) { return by_line(L, &sd_op_cumsum, 1); }
/* sd.cumprod(A[, {dim=1}]) -> (m,n), running products */
static int cumprod(lua_State *L) { return by_line(L, &sd_op_cumprod, 1); }
/* sd.softmax(A[, {dim=1}]) -> (m,n), each column (row) positive with sum 1 */
static int softmax(lua_State *L) { return by_line(L, &sd_op_softmax, 1); }
/* sd.normalize(A[, {dim=}]) -> (m,n), divided by the Euclidean norm of all, each column or row */
static int normalize(lua_State *L) { return by_line(L, &sd_op_normalize, 0); }
/* sd.diff(A[, {dim=1}]) -> (m-1,n), {dim=2}: (m,n-1); of 0 or 1 rows (columns) none are left */
static int diff(lua_State *L) { return by_line(L, &sd_op_diff, 1); }

/* ---- indexing ---------------------------------------------------------------------------------*/

/* 1 when the index at arg is one number: its messages name no list. */
static int is_single(lua_State *L, int arg) {
  sd_type t;
  return lw_typeof(L, arg, &t) && t.number;
}

/* sd.one_hot(idx, m[, {dtype=}]) -> (m,n) for n indices: column j is 1 in row idx[j], else 0 */
static int one_hot(lua_State *L) {
  static const char *const names[] = {"dtype", NULL};
  ptrdiff_t m = lw_checkdim(L, "one_hot", 2, "the number of rows");
  lw_options(L, "one_hot", 3, names);
  lw_checkindices(L, "one_hot", 1, "label", m);
  sd_attr attr = {.k = {m, lw_optdtype(L, "one_hot", 3, SD_F64), is_single(L, 1)}};
  return lw_apply(L, &sd_op_one_hot, &attr, 1, 1);
}

/* Checks the indices at argument 2 into A at argument 1, and fills in what the ops want of them. */
static sd_attr indexing(lua_State *L, const char *fn, int options, int caller) {
  static const char *const what[] = {"position", "row", "column"};
  sd_type a = lw_checkoperandtype(L, fn, 1);
  lw_options(L, fn, options, dim_only);
  int dim = lw_optdim(L, fn, options, 0);
  lw_checkindices(L, fn, 2, what[dim], dim == 0 ? a.rows * a.cols : dim == 1 ? a.rows : a.cols);
  return (sd_attr){.k = {dim, caller, is_single(L, 2)}};
}

/* sd.gather(A, idx[, {dim=}]) -> elements at column-major positions, in the shape of idx (a list
 * gives a column, a number a number); {dim=2}: columns (m,#idx); {dim=1}: rows (#idx,n) */
static int gather(lua_State *L) {
  sd_attr attr = indexing(L, "gather", 3, SD_SAYS_GATHER);
  return lw_apply(L, &sd_op_gather, &attr, 1, 2);
}

/* sd.scatter_add(A, idx, B[, {dim=}]) -> A plus B at the positions (columns, rows) idx, which
 * accumulate where they repeat; B has the shape sd.gather(A, idx, {dim=}) has, or is a number */
static int scatter_add(lua_State *L) {
  lw_checkoperandtype(L, "scatter_add", 1);
  lw_checkoperandtype(L, "scatter_add", 3);
  sd_attr attr = indexing(L, "scatter_add", 4, SD_SAYS_SCATTER_ADD);
  lua_settop(L, 3);
  lua_insert(L, 2); /* A, B, idx */
  return lw_apply(L, &sd_op_scatter_add, &attr, 1, 3);
}

/* ---- products ---------------------------------------------------------------------------------*/

/* sd.kron(A (m,n), B (p,q)) -> (mp,nq), the Kronecker product */
static int kron(lua_State *L) { return lw_apply(L, &sd_op_kron, NULL, 1, 2); }

/* sd.khatri_rao(A (m,n), B (p,n)) -> (mp,n), the Kronecker products of the columns */
static int khatri_rao(lua_State *L) { return lw_apply(L, &sd_op_khatri_rao, NULL, 1, 2); }

/* sd.dot(A, B) -> number, the sum of the products of elements of two (m,n) */
static int dot(lua_State *L) {
  if (lua_istable(L, 1)) return lw_treecall(L, "dot");
  return lw_apply(L, &sd_op_dot, NULL, 1, 2);
}

/* sd.trace(A (n,n)) -> number, the sum of the diagonal */
static int trace(lua_State *L) { return lw_apply(L, &sd_op_trace, NULL, 1, 1); }

/* sd.stop_gradient(A) -> A itself: a value that exists already has no gradient; of a symbol an
 * equal one, which derivatives take as a constant */
static int stop_gradient(lua_State *L) {
  lw_checkoperandtype(L, "stop_gradient", 1);
  lua_settop(L, 1);
  return lw_testsymbol(L, 1) ? lw_apply(L, &sd_op_stop_gradient, NULL, 1, 1) : 1;
}

static const luaL_Reg functions[] = {{"sort", sort},
                                     {"quantile", quantile},
                                     {"cumsum", cumsum},
                                     {"cumprod", cumprod},
                                     {"diff", diff},
                                     {"one_hot", one_hot},
                                     {"gather", gather},
                                     {"scatter_add", scatter_add},
                                     {"kron", kron},
                                     {"khatri_rao", khatri_rao},
                                     {"softmax", softmax},
                                     {"normalize", normalize},
                                     {"trace", trace},
                                     {"dot", dot},
                                     {"stop_gradient", stop_gradient},
                                     {NULL, NULL}};

void lw_open_arrange(lua_State *L) { luaL_setfuncs(L, functions, 0); }
