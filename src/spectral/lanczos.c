/* The Lanczos process, and the spectral norm by it.
 *
 * In exact arithmetic a vector is orthogonal to all earlier ones but two; in floating point it
 * loses that as soon as a Ritz value converges (Paige 1971). Here each new vector is projected on
 * the complement of the whole basis, twice, which is enough (Giraud, Langou, Rozloznik and van den
 * Eshof 2005), so that T is what theory says it is. */
#include "saddle/blas.h"
#include "saddle/linalg.h"
#include "work.h"
#include <float.h>
#include <math.h>

/* y(n,1) <- (I - QQ') y for the first `have` columns of Q, twice; c is room for n numbers. */
static int project(const sd_mat *q, ptrdiff_t have, sd_mat *y, const sd_mat *c) {
  sd_mat space = sp_cols(q, 0, have), part = sd_mat_block(c, 0, 0, have, 1);
  int status = SD_OK;
  for (int pass = 0; pass < 2 && status == SD_OK; pass++) {
    status = sd_gemm(SD_TRANS, SD_NOTRANS, 1, &space, y, 0, &part);
    if (status == SD_OK) status = sd_gemm(SD_NOTRANS, SD_NOTRANS, -1, &space, &part, 1, y);
  }
  return status;
}

/* Step j: alpha_j, beta_j and, in y, what is left of A q_j; *scale <- the size of T so far. */
static int step(sd_linear *a, ptrdiff_t j, const sd_mat *q, sd_mat *y, const sd_mat *c,
                sd_mat *alpha, sd_mat *beta, double *scale) {
  sd_mat x = sp_cols(q, j, 1);
  int status = sd_linear_apply(a, 0, &x, y);
  if (status != SD_OK) return status;
  double along = sp_dot(q, j, y, 0);
  status = project(q, j + 1, y, c);
  double left = sp_norm(y, 0);
  *scale = fmax(*scale, fabs(along) + left);
  /* what A rounds by, at most; a map of lower precision leaves more */
  if (left <= (double)a->rows * a->eps * *scale || j + 1 == a->rows) left = 0;
  sd_mat_set(alpha, j, 0, along);
  sd_mat_set(beta, j, 0, left);
  return status;
}

static void set_scaled(const sd_mat *from, double c, const sd_mat *to, ptrdiff_t j) {
  for (ptrdiff_t i = 0; i < from->rows; i++) sp_col(to, j)[i] = sp_col(from, 0)[i] / c;
}

int sd_lanczos(sd_linear *a, const sd_mat *start, sd_mat *alpha, sd_mat *beta, sd_mat *basis,
               ptrdiff_t *done) {
  ptrdiff_t n = a->rows, steps = basis->cols;
  sd_mat y = {0}, c = {0};
  double scale = 0;
  *done = 0;
  if (a->cols != n || start->rows != n || start->cols != 1 || basis->rows != n || steps > n ||
      alpha->rows != steps || beta->rows != steps)
    return SD_ESHAPE;
  if (steps == 0) return SD_OK;
  int status = sp_check_side(a);
  if (status == SD_OK && !sd_mat_finite(start)) status = SD_ENONFINITE;
  if (status == SD_OK && !(sp_norm(start, 0) > 0)) status = SD_EARG;
  if (status == SD_OK) status = sp_room(&y, n, 1);
  if (status == SD_OK) status = sp_room(&c, steps, 1);
  if (status == SD_OK) set_scaled(start, sp_norm(start, 0), basis, 0);
  while (status == SD_OK && *done < steps) {
    status = step(a, *done, basis, &y, &c, alpha, beta, &scale);
    if (status != SD_OK) break;
    double left = sd_mat_get(beta, (*done)++, 0);
    if (left == 0) break;
    if (*done < steps) set_scaled(&y, left, basis, *done);
  }
  sd_free(y.x);
  sd_free(c.x);
  return status;
}

int sp_tridiagonal(ptrdiff_t m, const sd_mat *alpha, const sd_mat *beta, sd_mat *theta, sd_mat *z) {
  sd_mat t;
  int status = sp_room(&t, m, m);
  if (status == SD_OK) {
    sd_mat_fill(&t, 0);
    for (ptrdiff_t j = 0; j < m; j++) {
      sd_mat_set(&t, j, j, sd_mat_get(alpha, j, 0));
      if (j + 1 == m) continue;
      sd_mat_set(&t, j, j + 1, sd_mat_get(beta, j, 0));
      sd_mat_set(&t, j + 1, j, sd_mat_get(beta, j, 0));
    }
    status = sd_eigh(&t, theta, z);
  }
  sd_free(t.x);
  return status;
}

/* ---- the spectral norm ------------------------------------------------------------------------*/

enum { CYCLE = 32 }; /* steps between restarts: the basis is that many vectors */

typedef struct cycle {
  sd_mat x, alpha, beta, basis; /* x: the start, then the Ritz vector */
} cycle;

/* One run from x: theta, the largest Ritz value, its residual, and x, its vector. */
static int run_cycle(sd_linear *b, cycle *k, double *theta, double *residual, ptrdiff_t *done) {
  sd_mat values = {0}, z = {0};
  int status = sd_lanczos(b, &k->x, &k->alpha, &k->beta, &k->basis, done);
  ptrdiff_t m = *done;
  if (status == SD_OK) status = sp_room(&values, m, 1);
  if (status == SD_OK) status = sp_room(&z, m, m);
  if (status == SD_OK) status = sp_tridiagonal(m, &k->alpha, &k->beta, &values, &z);
  if (status == SD_OK) {
    sd_mat space = sp_cols(&k->basis, 0, m), top = sp_cols(&z, m - 1, 1);
    *theta = fmax(sd_mat_get(&values, m - 1, 0), 0);
    *residual = sd_mat_get(&k->beta, m - 1, 0) * fabs(sd_mat_get(&top, m - 1, 0));
    status = sd_gemm(SD_NOTRANS, SD_NOTRANS, 1, &space, &top, 0, &k->x);
  }
  sd_free(values.x);
  sd_free(z.x);
  return status;
}

/* value <- |A x| for the unit vector x; residual <- |A'A x - value^2 x| / value: with the singular
 * values s of A, some |s^2 - value^2| <= residual value, hence |s - value| <= residual. B is
 * 2^-exponent A'A. */
static int measure(sd_linear *b, int exponent, const cycle *k, sd_norm_estimate *out) {
  sd_mat y = sp_cols(&k->basis, 0, 1); /* used up */
  int status = sd_linear_apply(b, 0, &k->x, &y);
  if (status != SD_OK) return status;
  double theta = fmax(sp_dot(&k->x, 0, &y, 0), 0);
  out->value = ldexp(sqrt(theta), exponent / 2);
  sp_axpy(-theta, &k->x, 0, &y, 0);
  double left = sp_norm(&y, 0);
  out->residual = ldexp(theta > 0 ? left / sqrt(theta) : sqrt(left), exponent / 2);
  return status;
}

/* Ends, too, where the map's own rounding allows no better. */
static int iterate(sd_linear *b, const int *exponent, double tol, long maxiter, cycle *k,
                   sd_norm_estimate *out) {
  double theta = 0, residual = 0, least = 0;
  do {
    ptrdiff_t done;
    int status = run_cycle(b, k, &theta, &residual, &done);
    if (status != SD_OK) return status;
    out->iterations += done;
    least = fmax(0.5 * tol, (double)b->rows * b->eps) * theta;
  } while (residual > least && out->iterations < maxiter);
  int status = measure(b, *exponent, k, out);
  out->converged = out->residual <= tol * out->value;
  return status;
}

int sd_spectral_norm(sd_linear *a, double tol, long maxiter, sd_rng at, sd_norm_estimate *out) {
  sp_normal normal;
  sd_linear b = sp_normal_of(&normal, a);
  ptrdiff_t n = b.rows, steps = sp_min(n, CYCLE);
  cycle k = {{0}, {0}, {0}, {0}};
  int status = sp_check_side(a);
  *out = (sd_norm_estimate){0, 0, 0, 1};
  if (n == 0 || status != SD_OK) return status;
  status = sp_room(&k.x, n, 1);
  if (status == SD_OK) status = sp_room(&k.alpha, steps, 1);
  if (status == SD_OK) status = sp_room(&k.beta, steps, 1);
  if (status == SD_OK) status = sp_room(&k.basis, n, steps);
  if (status == SD_OK) status = sd_rng_normal(at, &k.x);
  if (status == SD_OK) status = iterate(&b, &normal.exponent, tol, maxiter, &k, out);
  sd_free(k.x.x);
  sd_free(k.alpha.x);
  sd_free(k.beta.x);
  sd_free(k.basis.x);
  return status;
}
