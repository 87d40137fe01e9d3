/* Non-negative least squares: min |A x - b| subject to x >= 0, by the active-set method.
 *
 * A solution is known by its dual w = A'(b - A x): w_j = 0 where x_j > 0, w_j <= 0 elsewhere.
 * Columns with x_j > 0 are "passive". Until no dual is positive: the column with the steepest dual
 * w_j / |a_j| becomes passive; z solves the unconstrained problem over the passive columns; while z
 * is not positive, x moves towards z up to the first coordinate to reach 0, which leaves. A column
 * whose own z_j would not be positive has a dual that is rounding error: it is turned away until
 * another has entered, so the method cannot cycle on it.
 *
 * The passive columns are held as Q R: a column enters by Gram-Schmidt, done twice, and leaves by
 * plane rotations. Rotations let Q drift by an eps each, so before an answer is given Q R is built
 * anew from A. Columns and b are scaled by powers of two (no rounding), so nothing overflows
 * and tolerances see neither scale.
 *
 * C. L. Lawson and R. J. Hanson, Solving Least Squares Problems, Prentice-Hall 1974, chapter 23.
 * J. W. Daniel, W. B. Gragg, L. Kaufman, G. W. Stewart, Reorthogonalization and stable algorithms
 * for updating the Gram-Schmidt QR factorization, Math. Comp. 30 (1976) 772-795. */
#include "linalg_work.h"
#include "saddle/matfun.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <cblas.h>
#include <float.h>
#include <math.h>

enum { FREE, PASSIVE, REJECTED, ZERO }; /* states of a column; ZERO columns never enter */

typedef struct problem {
  int m, n, most; /* A(m,n); most = min(m,n) columns can be independent */
  int k;          /* passive columns */
  int rotated;    /* Q R has been rotated since it was built */
  double tol, *block;
  double *a, *size;                        /* (m,n) scaled, and the norms of its columns */
  double *b, *r, bsize;                    /* m: b scaled, b - A x; |b| */
  double *x, *w;                           /* n: the solution, the dual */
  double *q, *t, *qb, *z;                  /* (m,most); R (most,most) upper; Q'b; R^-1 Q'b */
  int *index, *passive, *state, *exponent; /* n exponents: a_j is 2^-exponent[j] times A's */
} problem;

/* x[0..count) <- x / 2^e with 1/2 <= max|x| < 1; e is returned. */
static int scale(double *x, int count) {
  double largest = 0;
  int exponent;
  for (int i = 0; i < count; i++) largest = fmax(largest, fabs(x[i]));
  frexp(largest, &exponent);
  for (int i = 0; i < count; i++) x[i] = ldexp(x[i], -exponent);
  return exponent;
}

static int open_problem(problem *p, const sd_mat *a, double tol) {
  const size_t m = (size_t)a->rows, n = (size_t)a->cols, most = m < n ? m : n;
  p->m = (int)m, p->n = (int)n, p->most = (int)most, p->tol = tol;
  p->block = sd_alloc(m * n + 3 * n + 2 * m + m * most + most * most + 2 * most, sizeof(double));
  p->index = sd_alloc(2 * n + most, sizeof *p->index);
  if (p->block == NULL || p->index == NULL) return SD_ENOMEM;
  p->a = p->block;
  p->size = p->a + m * n;
  p->x = p->size + n;
  p->w = p->x + n;
  p->b = p->w + n;
  p->r = p->b + m;
  p->q = p->r + m;
  p->t = p->q + m * most;
  p->qb = p->t + most * most;
  p->z = p->qb + most;
  p->state = p->index;
  p->exponent = p->state + n;
  p->passive = p->exponent + n;
  sd_mat packed = sd_mat_over(a->rows, a->cols, SD_F64, p->a);
  sd_mat_copy(a, &packed);
  for (size_t j = 0; j < n; j++) {
    p->exponent[j] = scale(p->a + j * m, p->m);
    p->size[j] = cblas_dnrm2(p->m, p->a + j * m, 1);
  }
  return SD_OK;
}

static double *column(const problem *p, int j) { return p->a + (size_t)j * (size_t)p->m; }
static double *ortho(const problem *p, int i) { return p->q + (size_t)i * (size_t)p->m; }
static double *upper(const problem *p, int i) { return p->t + (size_t)i * (size_t)p->most; }

/* ---- the factors ------------------------------------------------------------------------------*/

/* Appends column j to Q R; 0 when it is in the span of the passive ones to working precision. */
static int append(problem *p, int j) {
  const int m = p->m, k = p->k;
  double *q = ortho(p, k), *t = upper(p, k);
  if (k == p->most) return 0;
  cblas_dcopy(m, column(p, j), 1, q, 1);
  for (int i = 0; i < k; i++) t[i] = 0;
  for (int pass = 0; pass < 2 && k > 0; pass++) {
    cblas_dgemv(CblasColMajor, CblasTrans, m, k, 1, p->q, m, q, 1, 0, p->z, 1);
    cblas_dgemv(CblasColMajor, CblasNoTrans, m, k, -1, p->q, m, p->z, 1, 1, q, 1);
    cblas_daxpy(k, 1, p->z, 1, t, 1);
  }
  t[k] = cblas_dnrm2(m, q, 1);
  if (t[k] <= 10 * m * DBL_EPSILON * p->size[j]) return 0;
  cblas_dscal(m, 1 / t[k], q, 1);
  p->qb[k] = cblas_ddot(m, q, 1, p->b, 1);
  p->passive[k] = j;
  p->state[j] = PASSIVE;
  p->k++;
  return 1;
}

/* Takes passive column number `at` out: R's later columns move left, one below the diagonal each,
 * and rotations of neighbouring rows make R triangular again. */
static void take_out(problem *p, int at) {
  p->state[p->passive[at]] = FREE;
  p->x[p->passive[at]] = 0;
  p->k--;
  for (int i = at; i < p->k; i++) {
    p->passive[i] = p->passive[i + 1];
    cblas_dcopy(i + 2, upper(p, i + 1), 1, upper(p, i), 1);
  }
  for (int i = at; i < p->k; i++) {
    double c, s, *d = upper(p, i) + i;
    cblas_drotg(d, d + 1, &c, &s);
    if (i + 1 < p->k)
      cblas_drot(p->k - i - 1, d + p->most, p->most, d + p->most + 1, p->most, c, s);
    cblas_drot(p->m, ortho(p, i), 1, ortho(p, i + 1), 1, c, s);
    cblas_drot(1, p->qb + i, 1, p->qb + i + 1, 1, c, s);
    p->rotated = 1;
  }
}

/* Q R from A again; a column that now counts as dependent becomes free. */
static void rebuild(problem *p) {
  int k = p->k;
  p->k = p->rotated = 0;
  for (int i = 0; i < k; i++) {
    int j = p->passive[i];
    if (append(p, j)) continue;
    p->state[j] = FREE;
    p->x[j] = 0;
  }
}

/* ---- the method -------------------------------------------------------------------------------*/

static void solve_passive(problem *p) {
  cblas_dcopy(p->k, p->qb, 1, p->z, 1);
  if (p->k > 0)
    cblas_dtrsv(CblasColMajor, CblasUpper, CblasNoTrans, CblasNonUnit, p->k, p->t, p->most, p->z,
                1);
}

/* x <- the solution over the passive columns, letting go those that would turn negative. */
static void settle(problem *p) {
  for (;;) {
    double step = INFINITY;
    int blocking = -1;
    solve_passive(p);
    for (int i = 0; i < p->k; i++) {
      double x = p->x[p->passive[i]], s = x > 0 ? x / (x - p->z[i]) : 0;
      if (p->z[i] <= 0 && s < step) step = s, blocking = i;
    }
    for (int i = 0; i < p->k; i++) {
      double *x = p->x + p->passive[i];
      *x = blocking < 0 ? p->z[i] : *x + step * (p->z[i] - *x);
    }
    if (blocking < 0) return;
    p->x[p->passive[blocking]] = 0;
    for (int i = p->k - 1; i >= 0; i--)
      if (p->x[p->passive[i]] <= 0) take_out(p, i);
  }
}

/* r <- b - A x, w <- A'r; returns what a dual must pass, per unit of |a_j|. */
static double dual(problem *p) {
  double size = p->bsize;
  cblas_dcopy(p->m, p->b, 1, p->r, 1);
  for (int i = 0; i < p->k; i++) {
    int j = p->passive[i];
    cblas_daxpy(p->m, -p->x[j], column(p, j), 1, p->r, 1);
    size += p->x[j] * p->size[j];
  }
  cblas_dgemv(CblasColMajor, CblasTrans, p->m, p->n, 1, p->a, p->m, p->r, 1, 0, p->w, 1);
  return p->tol * size;
}

/* The free column with the steepest dual above the limit, or -1. */
static int steepest(const problem *p, double limit) {
  int best = -1;
  for (int j = 0; j < p->n; j++)
    if (p->state[j] == FREE && p->w[j] > limit * p->size[j]) {
      limit = p->w[j] / p->size[j];
      best = j;
    }
  return best;
}

/* Lets the steepest column in that has a positive coefficient there; 0 when there is none. */
static int enter(problem *p) {
  double limit = dual(p);
  for (int j; (j = steepest(p, limit)) >= 0; p->state[j] = REJECTED) {
    if (!append(p, j)) continue;
    solve_passive(p);
    if (p->z[p->k - 1] > 0) return 1;
    p->k--;
  }
  return 0;
}

/* x for the b in p->b. */
static int solve_one(problem *p, ptrdiff_t maxit) {
  p->k = p->rotated = 0;
  for (int j = 0; j < p->n; j++) {
    p->x[j] = 0;
    p->state[j] = p->size[j] > 0 ? FREE : ZERO;
  }
  p->bsize = cblas_dnrm2(p->m, p->b, 1);
  for (ptrdiff_t entered = 0;;) {
    if (sd_interrupted()) return SD_EINTR;
    if (enter(p)) {
      if (++entered > maxit) return SD_ENOCONV;
    } else if (p->rotated)
      rebuild(p);
    else
      return SD_OK;
    settle(p);
    for (int j = 0; j < p->n; j++)
      if (p->state[j] == REJECTED) p->state[j] = FREE;
  }
}

int sd_nnls(double tol, ptrdiff_t maxit, const sd_mat *a, const sd_mat *b, sd_mat *x, sd_mat *r) {
  const ptrdiff_t cols = b->cols;
  problem p = {.m = 0};
  sd_mat bs = *b;
  if (b->rows != a->rows || x->rows != a->cols || x->cols != cols || r->rows != 1 ||
      r->cols != cols)
    return SD_ESHAPE;
  if (!(tol >= 0) || maxit < 1) return SD_EARG;
  int status = sd_lin_check(a);
  if (status == SD_OK) status = sd_lin_check(b);
  if (status != SD_OK) return status;
  if (a->rows == 0) {
    sd_mat_fill(x, 0);
    sd_mat_fill(r, 0);
    return SD_OK;
  }
  status = open_problem(&p, a, tol);
  if (status == SD_OK && (sd_mat_overlap(b, x) || sd_mat_overlap(b, r))) {
    status = sd_mat_alloc(&bs, b->rows, cols, b->dtype); /* outputs are written column by column */
    if (status == SD_OK) sd_mat_copy(b, &bs);
  }
  for (ptrdiff_t c = 0; c < cols && status == SD_OK; c++) {
    for (int i = 0; i < p.m; i++) p.b[i] = sd_mat_get(&bs, i, c);
    int exponent = scale(p.b, p.m);
    status = solve_one(&p, maxit);
    for (int j = 0; j < p.n && status == SD_OK; j++)
      sd_mat_set(x, j, c, ldexp(p.x[j], exponent - p.exponent[j]));
    if (status == SD_OK) sd_mat_set(r, 0, c, ldexp(cblas_dnrm2(p.m, p.r, 1), exponent));
  }
  if (status == SD_OK && !(sd_mat_finite(x) && sd_mat_finite(r))) status = SD_EARG;
  if (bs.x != b->x) sd_free(bs.x);
  sd_free(p.block);
  sd_free(p.index);
  return status;
}
