/* Nodes and weights of Gauss rules.
 *
 * The nodes are the eigenvalues of the Jacobi matrix, tridiagonal with a zero diagonal and
 * off-diagonal elements sqrt(beta_k) (Golub and Welsch, Math. Comp. 23, 1969): Legendre beta_k =
 * k^2/(4k^2-1), Hermite for the standard normal beta_k = k. LAPACK gives them to a few eps times
 * the largest; Newton's method in extended precision does the rest, and weights follow from values
 * at the nodes.
 *
 * Legendre is computed in u = 1 - x, so that what depends on the distance to the end of the
 * interval keeps its digits there: with d_k = P_k - P_(k-1),
 *
 *   (k+1) d_(k+1) = k d_k - (2k+1) u P_k,   (1-x^2) P_n' = n (P_(n-1) - x P_n),
 *   w = 2 (1-x^2) / (n P_(n-1))^2.
 *
 * Hermite, h_k normalised: sqrt(k+1) h_(k+1) = x h_k - sqrt(k) h_(k-1), h_n' = sqrt(n) h_(n-1),
 * w = 1 / (n h_(n-1)^2). For n = SD_GAUSS_MOST the largest value is below e^n, 1e869, which long
 * double holds. */
#include "linalg_work.h"
#include "saddle/memory.h"
#include "saddle/numerics.h"
#include "saddle/status.h"
#include <math.h>

/* A family of rules: beta_k, and the n-point rule's node near x (x > 0) with its weight. */
typedef struct family {
  double (*beta)(double k);
  void (*polish)(int n, double near, double *x, double *w);
} family;

enum { STEPS = 3 }; /* of Newton: from a relative error of 1e-9 in u two are enough */

static double legendre_beta(double k) { return k * k / (4 * k * k - 1); }

static void legendre_polish(int n, double near, double *x, double *w) {
  long double u = 1 - (long double)near;
  for (int step = 0;; step++) {
    long double p = 1 - u, d = -u;
    for (int k = 1; k < n; k++) {
      d = (k * d - (2 * k + 1) * u * p) / (k + 1);
      p += d;
    }
    long double slope = n * (p - d - (1 - u) * p); /* (1-x^2) P_n' */
    if (step == STEPS) {
      *x = (double)(1 - u);
      *w = (double)(2 * u * (2 - u) / (slope * slope));
      return;
    }
    u += p * u * (2 - u) / slope;
  }
}

static double hermite_beta(double k) { return k; }

static void hermite_polish(int n, double near, double *x, double *w) {
  long double at = near;
  for (int step = 0;; step++) {
    long double before = 0, h = 1;
    for (int k = 0; k < n; k++) {
      long double next = (at * h - sqrtl(k) * before) / sqrtl(k + 1);
      before = h;
      h = next;
    }
    if (step == STEPS) {
      *x = (double)at;
      *w = (double)(1 / (n * before * before));
      return;
    }
    at -= h / (sqrtl(n) * before);
  }
}

static int check(const sd_mat *x, const sd_mat *w) {
  if (x->cols != 1 || w->cols != 1 || x->rows != w->rows) return SD_ESHAPE;
  if (x->dtype != SD_F64 || w->dtype != SD_F64) return SD_EDTYPE;
  return x->rows >= 1 && x->rows <= SD_GAUSS_MOST ? SD_OK : SD_EARG;
}

/* The rules are symmetric: the upper half is computed and mirrored; a middle node is 0. */
static int rule(const family *f, sd_mat *x, sd_mat *w) {
  double *d, node, weight;
  int status = check(x, w);
  if (status != SD_OK) return status;
  const int n = (int)x->rows;
  if ((status = sd_lin_doubles(&d, 2 * (ptrdiff_t)n)) != SD_OK) return status;
  for (int k = 0; k < n; k++) {
    d[k] = 0;
    d[n + k] = sqrt(f->beta(k + 1));
  }
  if (LAPACKE_dsterf_work(n, d, d + n) != 0) status = SD_ENOCONV;
  for (int i = n / 2; i < n && status == SD_OK; i++) {
    int middle = n % 2 && i == n / 2;
    if (sd_interrupted()) status = SD_EINTR;
    f->polish(n, middle ? 0 : d[i], &node, &weight);
    sd_mat_set(x, i, 0, middle ? 0 : node);
    sd_mat_set(x, n - 1 - i, 0, middle ? 0 : -node);
    sd_mat_set(w, i, 0, weight);
    sd_mat_set(w, n - 1 - i, 0, weight);
  }
  sd_free(d);
  return status;
}

int sd_gauss_legendre(sd_mat *x, sd_mat *w) {
  static const family f = {legendre_beta, legendre_polish};
  return rule(&f, x, w);
}

int sd_gauss_hermite(sd_mat *x, sd_mat *w) {
  static const family f = {hermite_beta, hermite_polish};
  return rule(&f, x, w);
}
