/* Extreme eigenvalues and singular values: which route, in which order, with which residuals.
 *
 * SMALLEST and BOTH go through A + 2cI with c about |A|: the Krylov space is the same, but ARPACK's
 * test, residual <= tol |w|, which no w near 0 can pass, becomes one relative to |A|.
 *
 * Singular values: with an orthonormal basis Z of the space wanted of the smaller side, found by
 * ARPACK on A'A or, for a small side, all of it, the factors of the thin B = A Z = X S W' give
 * V = Z W, U = X. The values are those of A restricted to a space, not roots of eigenvalues of A'A:
 * what is small keeps its digits. */
#include "saddle/blas.h"
#include "saddle/linalg.h"
#include "work.h"
#include <math.h>

enum { DENSE = 64 }; /* up to this side LAPACK is faster, and ARPACK has no room to iterate */

static int use_dense(ptrdiff_t n, ptrdiff_t k) { return n <= DENSE || 2 * k + 1 > n; }

/* ---- order ------------------------------------------------------------------------------------*/

/* What orders a value: smaller is more extreme. */
static double key(int which, double re, double im) {
  switch (which) {
  case SD_SMALLEST: return re;
  case SD_MAGNITUDE: return -hypot(re, im);
  default: return -re;
  }
}

/* p (n) <- 0 .. n-1 by the key of wr + i wi (wi may be NULL); equal ones, such as the halves of a
 * pair, stay as they are. */
static void sort(int which, ptrdiff_t n, const sd_mat *wr, const sd_mat *wi, ptrdiff_t *p) {
  for (ptrdiff_t j = 0; j < n; j++) {
    double mine = key(which, sd_mat_get(wr, j, 0), wi ? sd_mat_get(wi, j, 0) : 0);
    ptrdiff_t i = j;
    for (; i > 0; i--) {
      ptrdiff_t q = p[i - 1];
      if (key(which, sd_mat_get(wr, q, 0), wi ? sd_mat_get(wi, q, 0) : 0) <= mine) break;
      p[i] = q;
    }
    p[i] = j;
  }
}

/* Of n sorted ones keeps k at both ends: the upper (k+1)/2 and the lower k/2. */
static void keep_ends(ptrdiff_t n, ptrdiff_t k, ptrdiff_t *p) {
  ptrdiff_t upper = (k + 1) / 2;
  for (ptrdiff_t j = upper; j < k; j++) p[j] = p[n - k + j];
}

/* Columns p[0] .. p[k-1] of `from` become the first k of `to`. */
static void pick(const sd_mat *from, const ptrdiff_t *p, ptrdiff_t k, const sd_mat *to) {
  for (ptrdiff_t j = 0; j < k; j++) {
    sd_mat a = sp_cols(from, p[j], 1), b = sp_cols(to, j, 1);
    sd_mat_copy(&a, &b);
  }
}

static void pick_values(const sd_mat *from, const ptrdiff_t *p, ptrdiff_t k, const sd_mat *to) {
  for (ptrdiff_t j = 0; j < k; j++) sd_mat_set(to, j, 0, sd_mat_get(from, p[j], 0));
}

/* ---- symmetric maps ---------------------------------------------------------------------------*/

/* *c <- about |A| for a symmetric A, from a few Lanczos steps; a lower bound. */
static int estimate_norm(sd_linear *a, sd_rng at, double *c) {
  ptrdiff_t steps = sp_min(a->rows, 8), done = 0;
  sd_mat x = {0}, alpha = {0}, beta = {0}, basis = {0}, theta = {0}, z = {0};
  int status = sp_room(&x, a->rows, 1);
  if (status == SD_OK) status = sp_room(&alpha, steps, 1);
  if (status == SD_OK) status = sp_room(&beta, steps, 1);
  if (status == SD_OK) status = sp_room(&basis, a->rows, steps);
  if (status == SD_OK) status = sd_rng_normal(at, &x);
  if (status == SD_OK) status = sd_lanczos(a, &x, &alpha, &beta, &basis, &done);
  if (status == SD_OK) status = sp_room(&theta, done, 1);
  if (status == SD_OK) status = sp_room(&z, done, done);
  if (status == SD_OK) status = sp_tridiagonal(done, &alpha, &beta, &theta, &z);
  if (status == SD_OK)
    *c = fmax(fabs(sd_mat_get(&theta, 0, 0)), fabs(sd_mat_get(&theta, done - 1, 0)));
  sd_free(x.x);
  sd_free(alpha.x);
  sd_free(beta.x);
  sd_free(basis.x);
  sd_free(theta.x);
  sd_free(z.x);
  return status;
}

/* w(q,1), v(n,q): candidates, of which e->found are valid. */
static int solve_symmetric(sd_linear *a, sd_extremes *e, sd_mat *w, sd_mat *v) {
  static const char *const names[] = {"LA", "SA", "BE", "LM"};
  double c = 0;
  if (e->dense) {
    sd_mat formed;
    int status = sp_room(&formed, a->rows, a->rows);
    if (status == SD_OK) status = sd_linear_form(a, 0, &formed);
    if (status == SD_OK) status = sd_eigh(&formed, w, v);
    e->found = a->rows;
    sd_free(formed.x);
    return status;
  }
  int status = SD_OK;
  if (e->which == SD_SMALLEST || e->which == SD_BOTH) status = estimate_norm(a, e->at, &c);
  /* BE is for two ends: one value is of the upper */
  const char *which = names[e->which == SD_BOTH && e->k == 1 ? SD_LARGEST : e->which];
  return status == SD_OK ? sp_arpack_symmetric(a, which, 2 * c, e, w, v) : status;
}

/* residuals <- |A v - w v| of the first `found`; values of ARPACK become v'Av. */
static int measure_symmetric(sd_linear *a, const sd_extremes *e, const sd_mat *w, const sd_mat *v,
                             const sd_mat *residuals) {
  sd_mat y, x = sp_cols(v, 0, e->found);
  int status = sp_room(&y, a->rows, e->found);
  if (status == SD_OK) status = sd_linear_apply(a, 0, &x, &y);
  for (ptrdiff_t j = 0; j < e->found && status == SD_OK; j++) {
    if (!e->dense) sd_mat_set(w, j, 0, sp_dot(v, j, &y, j));
    sp_axpy(-sd_mat_get(w, j, 0), v, j, &y, j);
    sd_mat_set(residuals, j, 0, sp_norm(&y, j));
  }
  sd_free(y.x);
  return status;
}

static int check_request(const sd_extremes *e, ptrdiff_t n) {
  return e->k < 1 || e->k > n || e->maxiter < 1 || !(e->tol >= 0) ? SD_EARG : SD_OK;
}

int sd_eigs_symmetric(sd_linear *a, sd_extremes *e, sd_mat *w, sd_mat *v, sd_mat *residuals) {
  ptrdiff_t n = a->rows, q;
  sd_mat all = {0}, vectors = {0};
  ptrdiff_t *p = NULL;
  if (a->cols != n || w->rows != e->k || v->rows != n || v->cols != e->k) return SD_ESHAPE;
  if (e->which == SD_REAL || check_request(e, n) != SD_OK) return SD_EARG;
  int status = sp_check_side(a);
  e->dense = use_dense(n, e->k);
  e->iterations = 0;
  q = e->dense ? n : e->k;
  if (status == SD_OK) status = sp_room(&all, q, 1);
  if (status == SD_OK) status = sp_room(&vectors, n, q);
  if (status == SD_OK && !(p = sd_alloc((size_t)q, sizeof *p))) status = SD_ENOMEM;
  if (status == SD_OK) status = solve_symmetric(a, e, &all, &vectors);
  if (status == SD_OK) {
    sort(e->which, e->found, &all, NULL, p);
    ptrdiff_t k = sp_min(e->found, e->k);
    if (e->which == SD_BOTH) keep_ends(e->found, k, p);
    e->found = k;
    pick_values(&all, p, k, w);
    pick(&vectors, p, k, v);
    status = measure_symmetric(a, e, w, v, residuals);
  }
  sd_free(all.x);
  sd_free(vectors.x);
  sd_free(p);
  return status;
}

/* ---- general maps -----------------------------------------------------------------------------*/

typedef struct complex_set {
  sd_mat wr, wi, vr, vi;
} complex_set;

static int solve_general(sd_linear *a, sd_extremes *e, complex_set *c) {
  if (!e->dense)
    return sp_arpack_general(a, e->which == SD_REAL ? "LR" : "LM", e, &c->wr, &c->wi, &c->vr,
                             &c->vi);
  sd_mat formed;
  int status = sp_room(&formed, a->rows, a->rows);
  if (status == SD_OK) status = sd_linear_form(a, 0, &formed);
  if (status == SD_OK) status = sd_eig(&formed, &c->wr, &c->wi, &c->vr, &c->vi);
  e->found = a->rows;
  sd_free(formed.x);
  return status;
}

/* Vectors get 2-norm 1; residuals <- |A v - w v| of the first `found`. */
static int measure_general(sd_linear *a, const sd_extremes *e, const complex_set *c,
                           const sd_mat *residuals) {
  sd_mat yr = {0}, yi = {0}, xr = sp_cols(&c->vr, 0, e->found), xi = sp_cols(&c->vi, 0, e->found);
  for (ptrdiff_t j = 0; j < e->found; j++) {
    double size = hypot(sp_norm(&xr, j), sp_norm(&xi, j));
    cblas_dscal((int)xr.rows, 1 / size, sp_col(&xr, j), 1);
    cblas_dscal((int)xi.rows, 1 / size, sp_col(&xi, j), 1);
  }
  int status = sp_room(&yr, a->rows, e->found);
  if (status == SD_OK) status = sp_room(&yi, a->rows, e->found);
  if (status == SD_OK) status = sd_linear_apply(a, 0, &xr, &yr);
  if (status == SD_OK) status = sd_linear_apply(a, 0, &xi, &yi);
  for (ptrdiff_t j = 0; j < e->found && status == SD_OK; j++) {
    double re = sd_mat_get(&c->wr, j, 0), im = sd_mat_get(&c->wi, j, 0);
    sp_axpy(-re, &xr, j, &yr, j);
    sp_axpy(im, &xi, j, &yr, j);
    sp_axpy(-re, &xi, j, &yi, j);
    sp_axpy(-im, &xr, j, &yi, j);
    sd_mat_set(residuals, j, 0, hypot(sp_norm(&yr, j), sp_norm(&yi, j)));
  }
  sd_free(yr.x);
  sd_free(yi.x);
  return status;
}

/* How many of the sorted values are kept: k, or one more where that would split a pair. */
static ptrdiff_t without_splitting(const sd_extremes *e, const sd_mat *wi, const ptrdiff_t *p) {
  ptrdiff_t k = sp_min(e->k, e->found);
  if (k < e->found && k > 0 && sd_mat_get(wi, p[k - 1], 0) > 0) k++;
  return k;
}

static int allocate_set(complex_set *c, ptrdiff_t n, ptrdiff_t q) {
  int status = sp_room(&c->wr, q, 1);
  if (status == SD_OK) status = sp_room(&c->wi, q, 1);
  if (status == SD_OK) status = sp_room(&c->vr, n, q);
  if (status == SD_OK) status = sp_room(&c->vi, n, q);
  return status;
}

int sd_eigs_general(sd_linear *a, sd_extremes *e, sd_mat *wr, sd_mat *wi, sd_mat *vr, sd_mat *vi,
                    sd_mat *residuals) {
  ptrdiff_t n = a->rows, q, *p = NULL;
  complex_set c = {{0}, {0}, {0}, {0}}, out = {*wr, *wi, *vr, *vi};
  if (a->cols != n || wr->rows != e->k + 1 || vr->rows != n || vr->cols != e->k + 1)
    return SD_ESHAPE;
  if ((e->which != SD_MAGNITUDE && e->which != SD_REAL) || check_request(e, n) != SD_OK)
    return SD_EARG;
  int status = sp_check_side(a);
  e->dense = use_dense(n, e->k + 1);
  e->iterations = 0;
  q = e->dense ? n : e->k + 1;
  if (status == SD_OK) status = allocate_set(&c, n, q);
  if (status == SD_OK && !(p = sd_alloc((size_t)q, sizeof *p))) status = SD_ENOMEM;
  if (status == SD_OK) status = solve_general(a, e, &c);
  if (status == SD_OK) {
    sort(e->which, e->found, &c.wr, &c.wi, p);
    e->found = without_splitting(e, &c.wi, p);
    pick_values(&c.wr, p, e->found, wr);
    pick_values(&c.wi, p, e->found, wi);
    pick(&c.vr, p, e->found, vr);
    pick(&c.vi, p, e->found, vi);
    status = measure_general(a, e, &out, residuals);
  }
  sd_free(c.wr.x);
  sd_free(c.wi.x);
  sd_free(c.vr.x);
  sd_free(c.vi.x);
  sd_free(p);
  return status;
}

/* ---- singular values --------------------------------------------------------------------------*/

/* Z(small side, q) <- a basis of the space wanted; e->found columns are valid. */
static int find_space(sd_linear *a, sd_extremes *e, sd_mat *z) {
  sp_normal normal;
  sd_linear b = sp_normal_of(&normal, a);
  if (e->dense) {
    sd_mat_fill(z, 0);
    for (ptrdiff_t j = 0; j < z->rows; j++) sd_mat_set(z, j, j, 1);
    e->found = z->rows;
    return SD_OK;
  }
  sd_mat w;
  int status = sp_room(&w, e->k, 1);
  if (status == SD_OK) status = solve_symmetric(&b, e, &w, z);
  sd_free(w.x);
  return status;
}

/* Of the first `found` columns of Z those that A stretches most (or least): short_(small side, k),
 * s, long_(long side, k), the most extreme first. */
static int restrict_to(sd_linear *a, sd_extremes *e, const sd_mat *z, const sd_mat *short_,
                       const sd_mat *s, const sd_mat *long_) {
  int wide = a->rows < a->cols;
  ptrdiff_t q = e->found, k = sp_min(q, e->k);
  sd_mat b = {0}, x = {0}, t = {0}, w = {0}, space = sp_cols(z, 0, q);
  int status = sp_room(&b, wide ? a->cols : a->rows, q);
  if (status == SD_OK) status = sp_room(&x, b.rows, q);
  if (status == SD_OK) status = sp_room(&t, q, 1);
  if (status == SD_OK) status = sp_room(&w, q, q);
  if (status == SD_OK) status = sd_linear_apply(a, wide, &space, &b);
  if (status == SD_OK) status = sd_svd(SD_GESDD, &b, &x, &t, &w);
  for (ptrdiff_t j = 0; j < k && status == SD_OK; j++) {
    ptrdiff_t from = e->which == SD_SMALLEST ? q - 1 - j : j;
    sd_mat source = sp_cols(&x, from, 1), mix = sp_cols(&w, from, 1);
    sd_mat far = sp_cols(long_, j, 1), near = sp_cols(short_, j, 1);
    sd_mat_copy(&source, &far);
    sd_mat_set(s, j, 0, sd_mat_get(&t, from, 0));
    status = sd_gemm(SD_NOTRANS, SD_NOTRANS, 1, &space, &mix, 0, &near);
  }
  e->found = k;
  sd_free(b.x);
  sd_free(x.x);
  sd_free(t.x);
  sd_free(w.x);
  return status;
}

/* residuals(j) <- its hypot with |op(A) x_j - s_j y_j| / sqrt(2) */
static int add_residuals(sd_linear *a, int transposed, const sd_mat *x, const sd_mat *s,
                         const sd_mat *y, const sd_mat *residuals) {
  sd_mat r;
  int status = sp_room(&r, y->rows, y->cols);
  if (status == SD_OK) status = sd_linear_apply(a, transposed, x, &r);
  for (ptrdiff_t j = 0; j < y->cols && status == SD_OK; j++) {
    sp_axpy(-sd_mat_get(s, j, 0), y, j, &r, j);
    double size = sp_norm(&r, j) * sqrt(0.5);
    sd_mat_set(residuals, j, 0, hypot(sd_mat_get(residuals, j, 0), size));
  }
  sd_free(r.x);
  return status;
}

int sd_svds(sd_linear *a, sd_extremes *e, sd_mat *u, sd_mat *s, sd_mat *v, sd_mat *residuals) {
  ptrdiff_t m = a->rows, n = a->cols, r = sp_min(m, n);
  int wide = m < n;
  sd_mat z = {0};
  if (u->rows != m || v->rows != n || u->cols != e->k || v->cols != e->k || s->rows != e->k)
    return SD_ESHAPE;
  if ((e->which != SD_LARGEST && e->which != SD_SMALLEST) || check_request(e, r) != SD_OK)
    return SD_EARG;
  int status = sp_check_side(a);
  e->dense = use_dense(r, e->k);
  e->iterations = 0;
  if (status == SD_OK) status = sp_room(&z, r, e->dense ? r : e->k);
  if (status == SD_OK) status = find_space(a, e, &z);
  if (status == SD_OK) status = restrict_to(a, e, &z, wide ? u : v, s, wide ? v : u);
  if (status == SD_OK) {
    sd_mat left = sp_cols(u, 0, e->found), right = sp_cols(v, 0, e->found);
    sd_mat_fill(residuals, 0);
    status = add_residuals(a, 0, &right, s, &left, residuals);
    if (status == SD_OK) status = add_residuals(a, 1, &left, s, &right, residuals);
  }
  sd_free(z.x);
  return status;
}
