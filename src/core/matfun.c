/* The matrix exponential by scaling and squaring.
 *
 * exp(A) = r(A / 2^s)^(2^s), with r the diagonal Pade approximant of degree m to exp:
 *   r = q(-A)^-1 q(A),  q(A) = sum_j b_j A^j = V + U  (V even, U odd powers),
 *   b_j = (2m - j)! m! / ((2m)! j! (m - j)!), scaled so that b_m = 1.
 * theta[m] bounds the 1-norm below which r's backward error is at most 2^-53 |A|; the smallest
 * degree of 3, 5, 7, 9 that serves is taken, else degree 13 with s > 0 where needed.
 *
 * A far from normal may have a large norm and small powers ([1 1e6; 0 -1] squares to I); every
 * needless squaring then costs accuracy. What r's backward error needs is that
 * max(|A^4|^(1/4), |A^6|^(1/6)) is below theta, and what its rounding error needs is that
 * c | |A|^27 | <= 2^-53 |A|, c = (13!)^2 / (26! 27!): s is lowered as far as both allow.
 *
 * N. J. Higham, The scaling and squaring method for the matrix exponential revisited, SIAM J.
 * Matrix Anal. Appl. 26 (2005) 1179-1193; theta is its table 2.3. A. H. Al-Mohy and N. J. Higham, A
 * new scaling and squaring algorithm for the matrix exponential, ibid. 31 (2009) 970-989. */
#include "saddle/matfun.h"
#include "linalg_work.h"
#include "saddle/blas.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <float.h>
#include <math.h>

enum { MAX_DEGREE = 13, POWERS = 4 };
static const double theta13 = 5.371920351148152;

typedef struct workspace {
  ptrdiff_t n;
  int degree, squarings;
  double b[MAX_DEGREE + 1];
  double *block;
  sd_mat a, u, v, t;    /* A / 2^s; odd part; even part; scratch */
  sd_mat power[POWERS]; /* A^2, A^4, A^6, A^8 as far as the degree needs them */
} workspace;

/* The degree and the number of squarings for A. */
static void choose(workspace *w, const sd_mat *a) {
  static const struct {
    int degree;
    double theta;
  } small[] = {{3, 1.495585217958292e-2},
               {5, 2.539398330063230e-1},
               {7, 9.504178996162932e-1},
               {9, 2.097847961257068}};
  double norm = sd_lin_norm1(a, 0x1p-40);
  int exponent;
  w->squarings = 0;
  for (size_t k = 0; k < sizeof small / sizeof *small; k++)
    if (norm <= small[k].theta * 0x1p-40) {
      w->degree = small[k].degree;
      return;
    }
  w->degree = MAX_DEGREE;
  double part = frexp(norm / theta13, &exponent); /* |A| / theta = part 2^(exponent + 40) */
  exponent += part == 0.5 ? 39 : 40;
  if (exponent > 0) w->squarings = exponent;
}

static void coefficients(int m, double *b) {
  b[m] = 1;
  for (int j = m - 1; j >= 0; j--) b[j] = b[j + 1] * ((2.0 * m - j) * (j + 1)) / (m - j);
}

static int open_workspace(workspace *w, const sd_mat *a) {
  sd_mat *all[] = {&w->a, &w->u, &w->v, &w->t, w->power, w->power + 1, w->power + 2, w->power + 3};
  size_t count = sizeof all / sizeof all[0], bytes;
  int status = sd_mem_size(w->n, w->n, count * sizeof(double), &bytes);
  if (status != SD_OK) return status;
  w->block = sd_alloc(bytes, 1);
  if (w->block == NULL) return SD_ENOMEM;
  for (size_t k = 0; k < count; k++)
    *all[k] = sd_mat_over(w->n, w->n, SD_F64, w->block + (ptrdiff_t)k * w->n * w->n);
  sd_mat_copy(a, &w->a);
  sd_lin_shift(&w->a, -w->squarings);
  return SD_OK;
}

/* C <- c0 I + c[0] A^2 + c[2] A^4 + c[4] A^6 + ..., `count` powers. */
static void combine(const workspace *w, double c0, const double *c, int count, sd_mat *into) {
  double *x = into->x;
  for (ptrdiff_t k = 0; k < w->n * w->n; k++) {
    double sum = 0;
    for (int p = count - 1; p >= 0; p--) sum += c[2 * p] * ((const double *)w->power[p].x)[k];
    x[k] = sum;
  }
  for (ptrdiff_t i = 0; i < w->n; i++) x[i * (w->n + 1)] += c0;
}

static int multiply(double alpha, const sd_mat *a, const sd_mat *b, double beta, sd_mat *c) {
  return sd_gemm(SD_NOTRANS, SD_NOTRANS, alpha, a, b, beta, c);
}

/* | |A|^27 |, as the largest element of (|A|')^27 applied to ones: v and t are scratch. */
static double norm_of_abs_power(workspace *w) {
  const double *a = w->a.x;
  double *v = w->v.x, *next = w->t.x, norm = 0;
  for (ptrdiff_t j = 0; j < w->n; j++) v[j] = 1;
  for (int k = 0; k < 2 * MAX_DEGREE + 1; k++) {
    for (ptrdiff_t j = 0; j < w->n; j++) {
      next[j] = 0;
      for (ptrdiff_t i = 0; i < w->n; i++) next[j] += fabs(a[i + j * w->n]) * v[i];
    }
    double *old = v;
    v = next;
    next = old;
  }
  for (ptrdiff_t j = 0; j < w->n; j++) norm = fmax(norm, v[j]);
  return norm;
}

/* Takes back squarings that the powers of A / 2^s show to be needless; exact, by powers of two. Not
 * above s = 40, where the powers could underflow and look smaller than they are. */
static void relax(workspace *w) {
  const double log_c = (2 * lgamma(14) - lgamma(27) - lgamma(28)) / log(2);
  double eta = fmax(pow(sd_lin_norm1(&w->power[1], 1), 1.0 / 4),
                    pow(sd_lin_norm1(&w->power[2], 1), 1.0 / 6));
  if (w->squarings == 0 || w->squarings > 40) return;
  double truncation = floor(log2(theta13 / eta));
  double rounding = floor((log2(sd_lin_norm1(&w->a, 1) / norm_of_abs_power(w)) - 53 - log_c) / 26);
  int lower = (int)fmin(w->squarings, fmax(0, fmin(truncation, rounding)));
  w->squarings -= lower;
  sd_lin_shift(&w->a, lower);
  for (int p = 0; p < 3; p++) sd_lin_shift(&w->power[p], 2 * (p + 1) * lower);
}

/* U, V <- the odd and even parts of q(A), with as few products as the degree allows. */
static int pade_parts(workspace *w) {
  const double *b = w->b;
  int powers = w->degree == MAX_DEGREE ? 3 : w->degree / 2;
  int status = multiply(1, &w->a, &w->a, 0, &w->power[0]);
  for (int p = 1; p < powers && status == SD_OK; p++)
    status = multiply(1, &w->power[p - 1], &w->power[0], 0, &w->power[p]);
  if (status != SD_OK) return status;
  if (w->degree == MAX_DEGREE) relax(w);
  combine(w, b[1], b + 3, powers, &w->t);
  combine(w, b[0], b + 2, powers, &w->v);
  if (w->degree == MAX_DEGREE) { /* the upper halves carry a factor A^6 */
    combine(w, 0, b + 9, 3, &w->u);
    status = multiply(1, &w->power[2], &w->u, 1, &w->t);
    combine(w, 0, b + 8, 3, &w->u);
    if (status == SD_OK) status = multiply(1, &w->power[2], &w->u, 1, &w->v);
  }
  return status == SD_OK ? multiply(1, &w->a, &w->t, 0, &w->u) : status;
}

/* T <- (V - U)^-1 (V + U). The matrix to invert is well conditioned below theta, so a failure
 * cannot be A's. */
static int pade_quotient(workspace *w) {
  double *u = w->u.x, *v = w->v.x, *t = w->t.x;
  lapack_int n = (lapack_int)w->n;
  for (ptrdiff_t k = 0; k < w->n * w->n; k++) {
    t[k] = v[k] + u[k];
    v[k] = v[k] - u[k];
  }
  lapack_int *pivot;
  if (sd_lin_ints(&pivot, w->n) != SD_OK) return SD_ENOMEM;
  lapack_int info = LAPACKE_dgesv_work(LAPACK_COL_MAJOR, n, n, v, n, pivot, t, n);
  sd_free(pivot);
  return info == 0 ? SD_OK : SD_ENOCONV;
}

int sd_expm(const sd_mat *a, sd_mat *e) {
  workspace w = {.n = a->rows};
  if (a->rows != a->cols || !sd_mat_same_shape(a, e)) return SD_ESHAPE;
  int status = sd_lin_check(a);
  if (status != SD_OK || w.n == 0) return status;
  if (w.n == 1) {
    sd_mat_set(e, 0, 0, exp(sd_mat_get(a, 0, 0)));
    return sd_mat_finite(e) ? SD_OK : SD_EARG;
  }
  choose(&w, a);
  coefficients(w.degree, w.b);
  status = open_workspace(&w, a);
  if (status == SD_OK) status = pade_parts(&w);
  if (status == SD_OK) status = pade_quotient(&w);
  for (int k = 0; k < w.squarings && status == SD_OK; k++) {
    sd_mat old = w.t;
    status = multiply(1, &old, &old, 0, &w.u);
    w.t = w.u;
    w.u = old;
    if (sd_interrupted()) status = SD_EINTR;
  }
  if (status == SD_OK) {
    sd_mat_copy(&w.t, e);
    int vague = ldexp(theta13, w.squarings) >= 1 / DBL_EPSILON;
    status = !sd_mat_finite(e) ? SD_EARG : vague ? SD_ENOCONV : SD_OK;
  }
  sd_free(w.block);
  return status;
}
