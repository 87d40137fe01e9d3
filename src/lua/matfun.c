/* sd.expm, sd.sqrtm, sd.polar, sd.nnls. Results have the dtype of A; a number counts as 1x1. */
#include "saddle/matfun.h"
#include "lw.h"
#include "saddle/status.h"
#include <float.h>
#include <math.h>

/* The square matrix or number at 1. */
static sd_mat check_square(lua_State *L, const char *fn, double *cell) {
  char shape[LW_SHAPE];
  sd_mat a = lw_checkoperand(L, fn, 1, cell);
  if (a.rows != a.cols) lw_error(L, "%s: A must be square, got %s", fn, lw_shape(&a, shape));
  return a;
}

static int fail(lua_State *L, const char *fn, const char *operand, int status) {
  if (status == SD_ENONFINITE) lw_error(L, "%s: %s has NaN or infinite elements", fn, operand);
  lw_fail(L, fn, status);
}

/* sd.expm(A (n,n)) -> exp(A) (n,n) */
static int expm(lua_State *L) {
  double cell;
  sd_mat a = check_square(L, "expm", &cell);
  int status = sd_expm(&a, lw_newmat(L, "expm", a.rows, a.rows, a.dtype));
  if (status == SD_EARG)
    lw_error(L, "expm: the result has infinite elements: exp(A) passes the largest %s number",
             sd_dtype_name(a.dtype));
  if (status == SD_ENOCONV)
    lw_error(L, "expm: A is too large for its 16 digits to determine one digit of exp(A) (its "
                "norm passes 1e15)");
  return status == SD_OK ? 1 : fail(L, "expm", "A", status);
}

/* sd.sqrtm(A (n,n)) -> X (n,n) with X*X = A, the principal square root */
static int sqrtm(lua_State *L) {
  double cell;
  sd_sqrtm_fault fault = {0, 0};
  sd_mat a = check_square(L, "sqrtm", &cell);
  int status = sd_sqrtm(&a, lw_newmat(L, "sqrtm", a.rows, a.rows, a.dtype), &fault);
  if (status == SD_EARG && fault.why == SD_SQRTM_NEGATIVE)
    lw_error(L,
             "sqrtm: A has a negative eigenvalue %.6g: no real square root is computed for "
             "symmetric A",
             fault.eigenvalue);
  if (status == SD_EARG && fault.why == SD_SQRTM_NOTREAL)
    lw_error(L,
             "sqrtm: the principal square root is not real: A has an eigenvalue near %.6g on the "
             "negative real axis",
             fault.eigenvalue);
  if (status == SD_EARG)
    lw_error(L, "sqrtm: A is singular and defective, or too near to it: no square root to working "
                "precision");
  return status == SD_OK ? 1 : fail(L, "sqrtm", "A", status);
}

/* sd.polar(A (m,n)) -> U (m,n), P (n,n) with A = U*P, P symmetric positive semi-definite, and
 * orthonormal columns (m >= n) or rows (m <= n) in U */
static int polar(lua_State *L) {
  double cell;
  sd_mat a = lw_checkoperand(L, "polar", 1, &cell);
  sd_mat *u = lw_newmat(L, "polar", a.rows, a.cols, a.dtype);
  sd_mat *p = lw_newmat(L, "polar", a.cols, a.cols, a.dtype);
  int status = sd_polar(&a, u, p);
  if (status == SD_EARG)
    lw_error(L, "polar: P has infinite elements: the norm of A passes the largest %s number",
             sd_dtype_name(a.dtype));
  return status == SD_OK ? 2 : fail(L, "polar", "A", status);
}

/* sd.nnls(A (m,n), B (m,p)[, {tol=, maxit=}]) -> X (n,p), r (1,p): column by column the x >= 0 of
 * least |A x - b|, and that norm; for p = 1 r is a number. tol: the relative dual that counts as
 * zero, by default 2^-52: r^2 is within about tol s (s + s') of the least, s = |b| + sum_j x_j |a_j|
 * and s' the same at the minimiser, large where columns are nearly dependent; below 2^-52 duals are
 * rounding error. maxit: how many columns may enter, by default 3n. */
static int nnls(lua_State *L) {
  static const char *const names[] = {"tol", "maxit", NULL};
  char sa[LW_SHAPE], sb[LW_SHAPE];
  double ca, cb;
  lw_options(L, "nnls", 3, names);
  sd_mat a = lw_checkoperand(L, "nnls", 1, &ca), b = lw_checkoperand(L, "nnls", 2, &cb);
  lw_match(&a, &ca, b.dtype);
  lw_match(&b, &cb, a.dtype);
  lw_samedtype(L, "nnls", &a, &b);
  if (a.rows != b.rows)
    lw_error(L, "nnls: A and B must have the same number of rows: A is %s, B is %s",
             lw_shape(&a, sa), lw_shape(&b, sb));
  double tol = lw_optnumber(L, "nnls", 3, "tol", DBL_EPSILON);
  double maxit = lw_optnumber(L, "nnls", 3, "maxit", fmax(1, 3 * (double)a.cols));
  if (!(tol >= 0 && tol < 1))
    lw_error(L, "nnls: option 'tol' must be from 0 to below 1, got %.6g", tol);
  if (!(maxit >= 1 && maxit <= 0x1p53 && maxit == floor(maxit)))
    lw_error(L, "nnls: option 'maxit' must be a whole number from 1, got %.6g", maxit);
  sd_mat *x = lw_newmat(L, "nnls", a.cols, b.cols, a.dtype);
  sd_mat *r = lw_newmat(L, "nnls", 1, b.cols, a.dtype);
  int status = sd_nnls(&a, &b, tol, (ptrdiff_t)maxit, x, r);
  if (status == SD_ENOCONV)
    lw_error(L, "nnls: no solution within %.0f iterations for A of %s; raise maxit or tol", maxit,
             lw_shape(&a, sa));
  if (status == SD_EARG)
    lw_error(L, "nnls: the solution passes the largest %s number", sd_dtype_name(a.dtype));
  if (status != SD_OK) fail(L, "nnls", sd_mat_finite(&a) ? "B" : "A", status);
  if (b.cols == 1) {
    lua_pushnumber(L, sd_mat_get(r, 0, 0));
    lua_replace(L, -2);
  }
  return 2;
}

static const luaL_Reg functions[] = {
    {"expm", expm}, {"sqrtm", sqrtm}, {"polar", polar}, {"nnls", nnls}, {NULL, NULL}};

void lw_open_matfun(lua_State *L) { luaL_setfuncs(L, functions, 0); }
