/* ARPACK by reverse communication: the iteration hands out vectors and is handed products.
 *
 * Its routines keep their state in static variables: one solve at a time (busy). An abandoned one
 * does no harm, since the next begins with ido = 0, which sets all of them. The start vector is
 * ours (info = 1). Only after an exact breakdown does ARPACK draw a vector from a generator of its
 * own, which goes on between calls: results then agree to rounding, not in every bit.
 *
 * Reference: Lehoucq, Sorensen and Yang, ARPACK Users' Guide, SIAM 1998. */
#include "work.h"
#include <arpack/arpack.h>
#include <math.h>

static int busy;

int sd_extremes_busy(void) { return busy; }

enum { MAXED_OUT = 1, NO_SHIFTS = 3, NONE_FOUND = -14, NO_FACTOR = -9999 }; /* ARPACK's info */

typedef struct solve {
  sd_linear *a;
  const char *which;
  double shift, tol;
  int exponent; /* what is solved is 2^-exponent (A + shift I), of about unit size */
  int general, zero;
  int n, k, ncv, lworkl;
  a_int iparam[11], ipntr[14];
  sd_mat resid, v, workd, workl;
  a_int *select;
} solve;

static int allocate(solve *s, sd_extremes *e) {
  s->n = (int)s->a->rows;
  s->k = (int)e->k;
  /* the lower end is the hard one in practice: a Gram matrix has its eigenvalues crowded there */
  ptrdiff_t space = e->which == SD_SMALLEST || e->which == SD_BOTH ? 60 : 20;
  s->ncv = (int)sp_min(s->n, 2 * e->k + 1 > space ? 2 * e->k + 1 : space);
  double length = (double)s->ncv * (s->general ? 3.0 * s->ncv + 6 : s->ncv + 8.0);
  if (length > 0x1p31 - 1) return SD_ETOOBIG;
  s->lworkl = (int)length;
  s->tol = fmax(e->tol, s->a->eps);
  s->iparam[0] = 1; /* exact shifts */
  s->iparam[2] = (a_int)sp_min(e->maxiter, 1000000000);
  s->iparam[6] = 1; /* A x = w x */
  int status = sp_room(&s->resid, s->n, 1);
  if (status == SD_OK) status = sp_room(&s->v, s->n, s->ncv);
  if (status == SD_OK) status = sp_room(&s->workd, s->n, 3);
  if (status == SD_OK) status = sp_room(&s->workl, s->lworkl, 1);
  if (status == SD_OK && !(s->select = sd_alloc((size_t)s->ncv, sizeof *s->select)))
    status = SD_ENOMEM;
  for (int j = 0; j < s->ncv && status == SD_OK; j++) s->select[j] = 0; /* is read, not used */
  if (status == SD_OK) status = sd_rng_normal(e->at, &s->resid);
  return status;
}

static void release(solve *s) {
  sd_free(s->resid.x);
  sd_free(s->v.x);
  sd_free(s->workd.x);
  sd_free(s->workl.x);
  sd_free(s->select);
}

/* The product that ARPACK asks for: of one part of workd, into another. */
static int multiply(const solve *s) {
  double *w = s->workd.x;
  sd_mat x = sd_mat_over(s->n, 1, SD_F64, w + s->ipntr[0] - 1);
  sd_mat y = sd_mat_over(s->n, 1, SD_F64, w + s->ipntr[1] - 1);
  int status = sd_linear_apply(s->a, 0, &x, &y);
  if (status == SD_OK && s->shift != 0) sp_axpy(s->shift, &x, 0, &y, 0);
  if (status == SD_OK) cblas_dscal(s->n, ldexp(1, -s->exponent), sp_col(&y, 0), 1);
  return status;
}

/* The size of A from a product with the start vector. ARPACK's test of convergence takes 4e-11 for
 * zero, so that a small A must be scaled. A random vector that vanishes says that A is zero, of
 * which any vectors are those wanted (and their residuals are measured). */
static int measure(solve *s) {
  sd_mat y = sp_cols(&s->workd, 0, 1);
  int status = sd_linear_apply(s->a, 0, &s->resid, &y);
  if (status != SD_OK) return status; /* y was not written */
  double size = fmax(sp_norm(&y, 0) / sp_norm(&s->resid, 0), fabs(s->shift));
  frexp(size, &s->exponent);
  if (s->exponent < -1000) s->exponent = -1000; /* its inverse is a number, too */
  s->zero = size == 0;
  return SD_OK;
}

static int iterate(solve *s, sd_extremes *e) {
  a_int ido = 0, info = 1;
  for (;;) {
    (s->general ? dnaupd_c : dsaupd_c)(&ido, "I", s->n, s->which, s->k, s->tol, s->resid.x, s->ncv,
                                       s->v.x, s->n, s->iparam, s->ipntr, s->workd.x, s->workl.x,
                                       s->lworkl, &info);
    if (ido != 1 && ido != -1) break;
    int status = multiply(s);
    if (status != SD_OK) return status;
  }
  e->iterations = s->iparam[2];
  e->found = info == 0 || info == MAXED_OUT || info == NO_SHIFTS ? s->iparam[4] : 0;
  if (info < 0 && info != NO_FACTOR) return SD_EARG; /* no setting of ours can cause it */
  return SD_OK;
}

static int begin(solve *s, sd_extremes *e) {
  e->found = 0;
  e->iterations = 0;
  busy = 1;
  int status = allocate(s, e);
  if (status == SD_OK) status = measure(s);
  if (status != SD_OK || !s->zero) return status == SD_OK ? iterate(s, e) : status;
  e->found = s->k;
  return status;
}

/* w <- 0, V <- the first columns of the identity. */
static void of_zero(const solve *s, sd_mat *w, sd_mat *v) {
  sd_mat_fill(w, 0);
  sd_mat_fill(v, 0);
  for (ptrdiff_t j = 0; j < s->k; j++) sd_mat_set(v, j, j, 1);
}

static void end(solve *s) {
  release(s);
  busy = 0;
}

int sp_arpack_symmetric(sd_linear *a, const char *which, double shift, sd_extremes *e, sd_mat *w,
                        sd_mat *v) {
  solve s = {.a = a, .which = which, .shift = shift};
  if (busy) return SD_EARG;
  int status = begin(&s, e);
  if (status == SD_OK && s.zero)
    of_zero(&s, w, v);
  else if (status == SD_OK && e->found > 0) {
    a_int info = 0;
    dseupd_c(1, "A", s.select, w->x, v->x, (a_int)v->ld, 0, "I", s.n, which, s.k, s.tol, s.resid.x,
             s.ncv, s.v.x, s.n, s.iparam, s.ipntr, s.workd.x, s.workl.x, s.lworkl, &info);
    if (info == NONE_FOUND) e->found = 0;
    if (info != 0 && info != NONE_FOUND) status = SD_ENOCONV;
    for (ptrdiff_t j = 0; j < e->found; j++)
      sd_mat_set(w, j, 0, ldexp(sd_mat_get(w, j, 0), s.exponent) - shift);
  }
  end(&s);
  return status;
}

/* vr + i vi <- z's packed vectors: a pair shares two columns, as in dgeev. A value of a pair whose
 * other half is missing at the end is dropped. */
static void unpack(const sd_mat *z, const sd_mat *wi, sd_extremes *e, sd_mat *vr, sd_mat *vi) {
  sd_mat_fill(vi, 0);
  for (ptrdiff_t j = 0; j < e->found; j++) {
    int pair = sd_mat_get(wi, j, 0) != 0;
    if (pair && j + 1 == e->found) {
      e->found--;
      return;
    }
    for (ptrdiff_t i = 0; i < z->rows; i++) {
      double re = sp_col(z, j)[i], im = pair ? sp_col(z, j + 1)[i] : 0;
      sd_mat_set(vr, i, j, re);
      if (!pair) continue;
      sd_mat_set(vi, i, j, im);
      sd_mat_set(vr, i, j + 1, re);
      sd_mat_set(vi, i, j + 1, -im);
    }
    j += pair;
  }
}

int sp_arpack_general(sd_linear *a, const char *which, sd_extremes *e, sd_mat *wr, sd_mat *wi,
                      sd_mat *vr, sd_mat *vi) {
  solve s = {.a = a, .which = which, .general = 1};
  sd_mat z = {0}, workev = {0};
  if (busy) return SD_EARG;
  int status = begin(&s, e);
  if (status == SD_OK) status = sp_room(&z, s.n, s.k + 1);
  if (status == SD_OK) status = sp_room(&workev, 3 * (ptrdiff_t)s.ncv, 1);
  if (status == SD_OK && s.zero) {
    sd_mat_fill(wi, 0);
    sd_mat_fill(vi, 0);
    of_zero(&s, wr, vr);
  } else if (status == SD_OK && e->found > 0) {
    a_int info = 0;
    sd_mat_fill(&z, 0);
    dneupd_c(1, "A", s.select, wr->x, wi->x, z.x, s.n, 0, 0, workev.x, "I", s.n, which, s.k, s.tol,
             s.resid.x, s.ncv, s.v.x, s.n, s.iparam, s.ipntr, s.workd.x, s.workl.x, s.lworkl,
             &info);
    e->found = info == NONE_FOUND ? 0 : sp_min(s.iparam[4], s.k + 1);
    if (info != 0 && info != NONE_FOUND) status = SD_ENOCONV;
    if (status == SD_OK) unpack(&z, wi, e, vr, vi);
    for (ptrdiff_t j = 0; j < e->found && status == SD_OK; j++) {
      sd_mat_set(wr, j, 0, ldexp(sd_mat_get(wr, j, 0), s.exponent));
      sd_mat_set(wi, j, 0, ldexp(sd_mat_get(wi, j, 0), s.exponent));
    }
  }
  sd_free(z.x);
  sd_free(workev.x);
  end(&s);
  return status;
}
