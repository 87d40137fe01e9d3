/* Sorting, scans, indexing, products of columns, softmax and normalize.
 *
 * A number counts as a 1x1 matrix, and a result that is 1x1 because all matrix arguments were
 * numbers is a number again. Indices count from 1; negative ones count from the end. */
#include "saddle/arrange.h"
#include "lw.h"

static const char *const dim_only[] = {"dim", NULL};

/* Turns the matrix at stack index `at` into its element when it is 1x1. */
static void to_number(lua_State *L, int at) {
  const sd_mat *a = lw_testmat(L, at);
  if (a->rows != 1 || a->cols != 1) return;
  at = lua_absindex(L, at);
  lua_pushnumber(L, sd_mat_get(a, 0, 0));
  lua_replace(L, at);
}

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

/* The indices at arg (a number, a matrix or a list) into 1..n as 0-based ones in scratch memory
 * that is pushed; *shape is how they are laid out: 1x1, as the matrix, or as a column. */
static ptrdiff_t *indices(lua_State *L, const char *fn, int arg, const char *what, ptrdiff_t limit,
                          sd_mat *shape) {
  const sd_mat *a = lw_testmat(L, arg);
  ptrdiff_t count, *idx;
  if (lw_isnumber(L, arg)) {
    idx = lw_scratch(L, fn, 1, sizeof *idx);
    *idx = lw_checkindex(L, fn, arg, what, limit);
    count = 1;
  } else
    idx = lw_checkindices(L, fn, arg, what, limit, &count);
  *shape = sd_mat_over(a ? a->rows : count, a ? a->cols : 1, SD_F64, NULL);
  return idx;
}

/* sd.one_hot(idx, m[, {dtype=}]) -> (m,n) for n indices: column j is 1 in row idx[j], else 0 */
static int one_hot(lua_State *L) {
  static const char *const names[] = {"dtype", NULL};
  sd_mat shape;
  ptrdiff_t m = lw_checkdim(L, "one_hot", 2, "the number of rows");
  lw_options(L, "one_hot", 3, names);
  int dtype = lw_optdtype(L, "one_hot", 3, SD_F64);
  ptrdiff_t *idx = indices(L, "one_hot", 1, "label", m, &shape);
  sd_mat *out = lw_newmat(L, "one_hot", m, shape.rows * shape.cols, dtype);
  lw_check(L, "one_hot", sd_one_hot(idx, out));
  return 1;
}

/* What dim indexes, for messages; how many of it A has. */
static const char *indexed(int dim) { return dim == 0 ? "position" : dim == 1 ? "row" : "column"; }
static ptrdiff_t extent(int dim, const sd_mat *a) {
  return dim == 0 ? a->rows * a->cols : dim == 1 ? a->rows : a->cols;
}

/* The shape of sd.gather's result for A and indices laid out as idx. */
static sd_mat gathered(int dim, const sd_mat *a, const sd_mat *idx) {
  ptrdiff_t n = idx->rows * idx->cols;
  if (dim == 0) return sd_mat_over(idx->rows, idx->cols, a->dtype, NULL);
  return sd_mat_over(dim == 1 ? n : a->rows, dim == 1 ? a->cols : n, a->dtype, NULL);
}

/* sd.gather(A, idx[, {dim=}]) -> elements at column-major positions, in the shape of idx (a list
 * gives a column, a number a number); {dim=2}: columns (m,#idx); {dim=1}: rows (#idx,n) */
static int gather(lua_State *L) {
  double cell;
  sd_mat a = lw_checkoperand(L, "gather", 1, &cell), shape;
  lw_options(L, "gather", 3, dim_only);
  int dim = lw_optdim(L, "gather", 3, 0);
  ptrdiff_t *idx = indices(L, "gather", 2, indexed(dim), extent(dim, &a), &shape);
  shape = gathered(dim, &a, &shape);
  sd_mat *out = lw_newmat(L, "gather", shape.rows, shape.cols, a.dtype);
  lw_check(L, "gather", sd_gather(dim, &a, idx, out));
  if (lw_isnumber(L, 2) && (dim == 0 || lw_isnumber(L, 1))) to_number(L, -1);
  return 1;
}

/* sd.scatter_add(A, idx, B[, {dim=}]) -> A plus B at the positions (columns, rows) idx, which
 * accumulate where they repeat; B has the shape sd.gather(A, idx, {dim=}) has, or is a number */
static int scatter_add(lua_State *L) {
  char sb[LW_SHAPE], sw[LW_SHAPE];
  double ca, cb;
  sd_mat a = lw_checkoperand(L, "scatter_add", 1, &ca), shape;
  sd_mat b = lw_checkoperand(L, "scatter_add", 3, &cb);
  lw_options(L, "scatter_add", 4, dim_only);
  int dim = lw_optdim(L, "scatter_add", 4, 0);
  lw_match(&a, &ca, b.dtype);
  lw_match(&b, &cb, a.dtype);
  lw_samedtype(L, "scatter_add", &a, &b);
  ptrdiff_t *idx = indices(L, "scatter_add", 2, indexed(dim), extent(dim, &a), &shape);
  ptrdiff_t count = shape.rows * shape.cols;
  shape = gathered(dim, &a, &shape);
  if (!sd_mat_same_shape(&b, &shape) && (b.rows != 1 || b.cols != 1))
    lw_error(L, "scatter_add: B is %s, the indices need %s or a number", lw_shape(&b, sb),
             lw_shape(&shape, sw));
  sd_mat *out = lw_newmat(L, "scatter_add", a.rows, a.cols, a.dtype);
  sd_mat_copy(&a, out);
  lw_check(L, "scatter_add", sd_scatter_add(dim, idx, count, &b, out));
  if (lw_isnumber(L, 1)) to_number(L, -1);
  return 1;
}

/* ---- products ---------------------------------------------------------------------------------*/

/* A new matrix of mp x nq; raises when that cannot be counted. */
static sd_mat *product(lua_State *L, const char *fn, ptrdiff_t m, ptrdiff_t p, ptrdiff_t n,
                       ptrdiff_t q, int dtype) {
  ptrdiff_t rows, cols;
  if (__builtin_mul_overflow(m, p, &rows) || __builtin_mul_overflow(n, q, &cols))
    lw_error(L, "%s: a result of %.3gx%.3g is larger than any memory", fn, (double)m * (double)p,
             (double)n * (double)q);
  return lw_newmat(L, fn, rows, cols, dtype);
}

/* sd.kron(A (m,n), B (p,q)) -> (mp,nq), the Kronecker product */
static int kron(lua_State *L) {
  double ca, cb;
  sd_mat a, b;
  lw_checkpair(L, "kron", &a, &ca, &b, &cb);
  sd_mat *c = product(L, "kron", a.rows, b.rows, a.cols, b.cols, a.dtype);
  lw_check(L, "kron", sd_kron(&a, &b, c));
  if (lw_isnumber(L, 1) && lw_isnumber(L, 2)) to_number(L, -1);
  return 1;
}

/* sd.khatri_rao(A (m,n), B (p,n)) -> (mp,n), the Kronecker products of the columns */
static int khatri_rao(lua_State *L) {
  char sa[LW_SHAPE], sb[LW_SHAPE];
  double ca, cb;
  sd_mat a, b;
  lw_checkpair(L, "khatri_rao", &a, &ca, &b, &cb);
  if (a.cols != b.cols)
    lw_error(L, "khatri_rao: numbers of columns differ: A is %s, B is %s", lw_shape(&a, sa),
             lw_shape(&b, sb));
  sd_mat *c = product(L, "khatri_rao", a.rows, b.rows, a.cols, 1, a.dtype);
  lw_check(L, "khatri_rao", sd_khatri_rao(&a, &b, c));
  if (lw_isnumber(L, 1) && lw_isnumber(L, 2)) to_number(L, -1);
  return 1;
}

/* sd.dot(A, B) -> number, the sum of the products of elements of two (m,n) */
static int dot(lua_State *L) { return lw_apply(L, &sd_op_dot, NULL, 1, 2); }

/* sd.trace(A (n,n)) -> number, the sum of the diagonal */
static int trace(lua_State *L) { return lw_apply(L, &sd_op_trace, NULL, 1, 1); }

/* sd.stop_gradient(A) -> A itself: a value that exists already has no gradient */
static int stop_gradient(lua_State *L) {
  double cell;
  lw_checkoperand(L, "stop_gradient", 1, &cell);
  lua_settop(L, 1);
  return 1;
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
