/* The principal square root of a real matrix.
 *
 * A symmetric, A = V diag(w) V': X = B B' with B = V diag(w^(1/4)), which is symmetric and positive
 * semi-definite by construction. Else A = Q T Q* (complex Schur form, T upper triangular) and
 * X = Q R Q* with R R = T, solved one column at a time from the diagonal upwards:
 *   r_jj = sqrt(t_jj),  r_ij = (t_ij - sum_{i<k<j} r_ik r_kj) / (r_ii + r_jj).
 * A real A without eigenvalues on the closed negative axis has a real X.
 *
 * Rounding. R R = T holds to about n eps |R|^2 whatever the eigenvalues, so the test of an accepted
 * X is its own residual: then X is the exact root of a matrix as near to A as arithmetic can tell.
 * Zero eigenvalues come out of the Schur form as +-eps |A|, possibly left of the axis or complex;
 * within 10 n eps |A| these are taken as 0, and two of them may share a block when T couples
 * them by no more than that. (Entries are first scaled by a power of 4, so nothing overflows.)
 *
 * A. Bjorck and S. Hammarling, A Schur method for the square root of a matrix, Linear Algebra
 * Appl. 52/53 (1983) 127-140. */
#include "linalg_work.h"
#include "saddle/linalg.h"
#include "saddle/matfun.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <cblas.h>
#include <complex.h>
#include <float.h>
#include <limits.h>
#include <math.h>

typedef double complex zcomplex;

/* A, scaled to 1 <= max|a_ij| < 4, its norm, and what counts as zero beside it. */
typedef struct problem {
  ptrdiff_t n;
  double *a;   /* (n,n), packed */
  int half;    /* the input is a 4^half */
  double norm; /* Frobenius */
  double eps, tiny;
} problem;

/* The Frobenius norm of X(n,n), packed. */
static double frobenius(const double *x, ptrdiff_t n) {
  double norm = 0;
  for (ptrdiff_t j = 0; j < n; j++) norm = hypot(norm, cblas_dnrm2((int)n, x + j * n, 1));
  return norm;
}

static int load(problem *p, const sd_mat *a) {
  double largest = 0;
  int exponent = 0;
  sd_mat copy;
  int status = sd_lin_copy(a, &copy);
  p->n = a->rows;
  p->a = copy.x;
  if (status != SD_OK) return status;
  for (ptrdiff_t k = 0; k < p->n * p->n; k++) largest = fmax(largest, fabs(p->a[k]));
  frexp(largest, &exponent);
  p->half = (exponent - 1 - ((exponent - 1) & 1)) / 2;
  sd_lin_shift(&copy, -2 * p->half);
  p->norm = frobenius(p->a, p->n);
  p->eps = a->dtype == SD_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  p->tiny = 10 * (double)p->n * p->eps * p->norm;
  return SD_OK;
}

static int is_symmetric(const problem *p) {
  for (ptrdiff_t j = 0; j < p->n; j++)
    for (ptrdiff_t i = 0; i < j; i++)
      if (p->a[i + j * p->n] != p->a[j + i * p->n]) return 0;
  return 1;
}

static int no_root(const problem *p, sd_sqrtm_fault *fault, int why, double eigenvalue) {
  fault->why = why;
  fault->eigenvalue = ldexp(eigenvalue, 2 * p->half);
  return SD_EARG;
}

/* ---- symmetric --------------------------------------------------------------------------------*/

/* X <- B B', both triangles; overwrites a. */
static int symmetric_root(problem *p, sd_mat *x, sd_sqrtm_fault *fault) {
  int n = (int)p->n;
  sd_mat a = sd_mat_over(p->n, p->n, SD_F64, p->a), values = {0}, vectors = {0};
  int status = sd_mat_alloc(&values, p->n, 1, SD_F64);
  if (status == SD_OK) status = sd_mat_alloc(&vectors, p->n, p->n, SD_F64);
  if (status == SD_OK) status = sd_eigh(&a, &values, &vectors);
  if (status == SD_OK && sd_interrupted()) status = SD_EINTR;
  const double *w = values.x;
  double *v = vectors.x;
  if (status == SD_OK && w[0] < -p->tiny) status = no_root(p, fault, SD_SQRTM_NEGATIVE, w[0]);
  if (status == SD_OK) {
    for (int j = 0; j < n; j++) cblas_dscal(n, w[j] > 0 ? sqrt(sqrt(w[j])) : 0, v + j * p->n, 1);
    cblas_dsyrk(CblasColMajor, CblasUpper, CblasNoTrans, n, n, 1, v, n, 0, p->a, n);
    status = sd_lin_store_symmetric(&a, p->half, x);
  }
  sd_free(values.x);
  sd_free(vectors.x);
  return status;
}

/* ---- general ----------------------------------------------------------------------------------*/

/* T, Q <- the complex Schur form of a; lambda is the diagonal of T. */
static int schur(const problem *p, zcomplex *t, zcomplex *q, zcomplex *lambda) {
  lapack_int n = (lapack_int)p->n, lwork = 32 * n, none, info;
  zcomplex *work = sd_alloc(32 * (size_t)n, sizeof *work);
  double *rwork = sd_alloc((size_t)n, sizeof *rwork);
  for (ptrdiff_t k = 0; k < p->n * p->n; k++) t[k] = p->a[k];
  if (work == NULL || rwork == NULL)
    info = SD_ENOMEM;
  else
    info = LAPACKE_zgees_work(LAPACK_COL_MAJOR, 'V', 'N', NULL, n, t, n, &none, lambda, q, n, work,
                              lwork, rwork, NULL) == 0
               ? SD_OK
               : SD_ENOCONV;
  sd_free(work);
  sd_free(rwork);
  return info;
}

/* The square root of an eigenvalue, where one that rounding alone keeps from 0 gives 0. */
static zcomplex root_of(const problem *p, zcomplex t) {
  int positive = creal(t) > 0 && cimag(t) == 0;
  return cabs(t) <= p->tiny && !positive ? 0 : csqrt(t);
}

/* T <- R in place. When column j reaches row i, t_ij has already lost sum_{k>i} r_ik r_kj. */
static int triangular_root(const problem *p, zcomplex *t, const zcomplex *lambda,
                           sd_sqrtm_fault *fault) {
  const ptrdiff_t n = p->n;
  for (ptrdiff_t j = 0; j < n; j++) {
    zcomplex *column = t + j * n;
    if (sd_interrupted()) return SD_EINTR;
    column[j] = root_of(p, column[j]);
    for (ptrdiff_t i = j - 1; i >= 0; i--) {
      zcomplex sum = t[i + i * n] + column[j];
      int both_tiny = cabs(lambda[i]) <= p->tiny && cabs(lambda[j]) <= p->tiny;
      if (both_tiny && cabs(column[i]) <= p->tiny)
        column[i] = 0;
      else if (sum != 0)
        column[i] /= sum;
      else if (column[j] != 0) /* the roots of one negative number, +-i s */
        return no_root(p, fault, SD_SQRTM_NOTREAL, creal(lambda[j]));
      else
        return no_root(p, fault, SD_SQRTM_SINGULAR, 0);
      zcomplex minus = -column[i];
      cblas_zaxpy((int)i, &minus, t + i * n, 1, column, 1);
    }
  }
  return SD_OK;
}

/* Re(Q R Q*) into q's memory, as n^2 doubles; work is (n,n). */
static double *back_to_real(ptrdiff_t n, const zcomplex *r, zcomplex *q, zcomplex *work) {
  const zcomplex one = 1, zero = 0;
  const double *product = (const double *)work;
  zcomplex *left = work + n * n;
  int m = (int)n;
  cblas_zgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, m, m, &one, q, m, r, m, &zero, left, m);
  cblas_zgemm(CblasColMajor, CblasNoTrans, CblasConjTrans, m, m, m, &one, left, m, q, m, &zero,
              work, m);
  double *x = (double *)q;
  for (ptrdiff_t k = 0; k < n * n; k++) x[k] = product[2 * k];
  return x;
}

/* The real part of the eigenvalue in the left half plane that is nearest to the axis, or 0. */
static double most_negative_real(const problem *p, const zcomplex *lambda) {
  double slope = INFINITY, found = 0;
  for (ptrdiff_t k = 0; k < p->n; k++)
    if (creal(lambda[k]) < 0 && cabs(lambda[k]) > p->tiny &&
        fabs(cimag(lambda[k]) / creal(lambda[k])) < slope) {
      slope = fabs(cimag(lambda[k]) / creal(lambda[k]));
      found = creal(lambda[k]);
    }
  return found;
}

/* SD_OK when |X X - A| <= 20 n eps |X|^2 < |A|; destroys a. */
static int accept(problem *p, const double *x, const zcomplex *lambda, sd_sqrtm_fault *fault) {
  int n = (int)p->n;
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, x, n, x, n, -1, p->a, n);
  double size = frobenius(x, p->n), residual = frobenius(p->a, p->n);
  double bound = 20 * (double)p->n * p->eps * size * size;
  if (residual <= bound && bound < p->norm) return SD_OK;
  double negative = most_negative_real(p, lambda);
  return no_root(p, fault, negative < 0 ? SD_SQRTM_NOTREAL : SD_SQRTM_SINGULAR, negative);
}

static int general_root(problem *p, sd_mat *x, sd_sqrtm_fault *fault) {
  const ptrdiff_t n = p->n;
  zcomplex *block = sd_alloc((size_t)(4 * n * n + n), sizeof *block);
  zcomplex *t = block, *q = t + n * n, *work = q + n * n, *lambda = work + 2 * n * n;
  int status = block ? schur(p, t, q, lambda) : SD_ENOMEM;
  if (status == SD_OK) {
    for (ptrdiff_t j = 0; j < n; j++)
      for (ptrdiff_t i = j + 1; i < n; i++) t[i + j * n] = 0;
    status = triangular_root(p, t, lambda, fault);
  }
  if (status == SD_OK) {
    const double *root = back_to_real(n, t, q, work);
    status = accept(p, root, lambda, fault);
    for (ptrdiff_t k = 0; k < n * n && status == SD_OK; k++)
      sd_mat_set(x, k % n, k / n, ldexp(root[k], p->half));
  }
  sd_free(block);
  return status;
}

int sd_sqrtm(const sd_mat *a, sd_mat *x, sd_sqrtm_fault *fault) {
  problem p = {.n = 0};
  if (a->rows != a->cols || !sd_mat_same_shape(a, x)) return SD_ESHAPE;
  if (a->rows > INT_MAX / 32) return SD_ETOOBIG; /* zgees gets 32 n */
  int status = sd_lin_check(a);
  if (status != SD_OK || a->rows == 0) return status;
  status = load(&p, a);
  if (status == SD_OK)
    status = is_symmetric(&p) ? symmetric_root(&p, x, fault) : general_root(&p, x, fault);
  sd_free(p.a);
  return status;
}
