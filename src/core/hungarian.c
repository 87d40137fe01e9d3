/* The assignment problem: rows and columns of a cost matrix are paired at least total cost.
 *
 * One row after another is given a column along the shortest augmenting path in the reduced costs
 * c_ij - u_i - v_j >= 0, found by Dijkstra's method over a dense row at a time; then u and v are
 * raised and lowered along it, so that all reduced costs stay non-negative and those of pairs are
 * zero. The side that is shorter plays the rows. (H. W. Kuhn, Naval Research Logistics 2, 1955; in
 * this form R. Jonker and A. Volgenant, Computing 38, 1987; D. F. Crouse, 2016.) */
#include "linalg_work.h"
#include "saddle/memory.h"
#include "saddle/numerics.h"
#include "saddle/status.h"
#include <math.h>

typedef struct problem {
  ptrdiff_t m, n;                 /* rows <= columns */
  const double *c;                /* row i at c + i n */
  double *u, *v, *dist;           /* m; n; n, the length of the path to a column */
  ptrdiff_t *column, *row, *from; /* of a row, of a column, before a column on its path; or -1 */
  char *done;                     /* n: the path to the column is known */
} problem;

/* One step of Dijkstra's method from row i, *low away: the nearest column that is not done. */
static ptrdiff_t nearest(const problem *p, ptrdiff_t i, double *low) {
  const double *c = p->c + i * p->n;
  ptrdiff_t best = -1;
  for (ptrdiff_t j = 0; j < p->n; j++) {
    if (p->done[j]) continue;
    double length = *low + (c[j] - p->u[i] - p->v[j]);
    if (length < p->dist[j]) {
      p->dist[j] = length;
      p->from[j] = i;
    }
    if (best < 0 || p->dist[j] < p->dist[best]) best = j;
  }
  *low = p->dist[best];
  p->done[best] = 1;
  return best;
}

/* Gives `start` a column; rows that have one may change theirs. */
static void augment(const problem *p, ptrdiff_t start) {
  double low = 0;
  for (ptrdiff_t j = 0; j < p->n; j++) {
    p->dist[j] = INFINITY;
    p->done[j] = 0;
  }
  ptrdiff_t free = nearest(p, start, &low);
  while (p->row[free] >= 0) free = nearest(p, p->row[free], &low);
  p->u[start] += low;
  for (ptrdiff_t j = 0; j < p->n; j++) {
    if (!p->done[j] || j == free) continue;
    p->u[p->row[j]] += low - p->dist[j];
    p->v[j] -= low - p->dist[j];
  }
  for (ptrdiff_t j = free, i = -1; i != start;) {
    i = p->from[j];
    ptrdiff_t given_up = p->column[i];
    p->row[j] = i;
    p->column[i] = j;
    j = given_up;
  }
}

/* C or, when `turned`, C' in rows; *e so that it was scaled by 2^-e. */
static int copy_costs(const sd_mat *c, int turned, sd_mat *w, int *e) {
  sd_mat flat;
  int status = sd_lin_copy(c, &flat);
  if (status != SD_OK || turned) {
    *w = flat;
  } else {
    status = sd_mat_alloc(w, c->cols, c->rows, SD_F64);
    if (status == SD_OK) status = sd_mat_transpose(&flat, w);
    sd_free(flat.x);
  }
  *e = status == SD_OK ? sd_lin_scale(w) : 0;
  return status;
}

static int solve(problem *p) {
  for (ptrdiff_t i = 0; i < p->m; i++) p->u[i] = 0, p->column[i] = -1;
  for (ptrdiff_t j = 0; j < p->n; j++) p->v[j] = 0, p->row[j] = -1;
  for (ptrdiff_t i = 0; i < p->m; i++) {
    if (sd_interrupted()) return SD_EINTR;
    augment(p, i);
  }
  return SD_OK;
}

static int check(const sd_mat *c, const sd_mat *u, const sd_mat *v) {
  if (u->rows != c->rows || v->rows != c->cols || u->cols != 1 || v->cols != 1) return SD_ESHAPE;
  if (u->dtype != SD_F64 || v->dtype != SD_F64) return SD_EDTYPE;
  return sd_lin_check(c);
}

int sd_hungarian(const sd_mat *c, ptrdiff_t *column, double *cost, sd_mat *u, sd_mat *v) {
  const int turned = c->rows > c->cols;
  problem p = {.m = turned ? c->cols : c->rows, .n = turned ? c->rows : c->cols};
  sd_mat w = {.x = NULL};
  int e, status = check(c, u, v);
  if (status != SD_OK) return status;
  if ((status = copy_costs(c, turned, &w, &e)) != SD_OK) {
    sd_free(w.x);
    return status;
  }
  double *reals = sd_alloc((size_t)(p.m + 2 * p.n), sizeof *reals);
  ptrdiff_t *whole = sd_alloc((size_t)(p.m + 2 * p.n), sizeof *whole);
  p.done = sd_alloc((size_t)p.n, 1);
  if (reals == NULL || whole == NULL || p.done == NULL) {
    status = SD_ENOMEM;
  } else {
    p.c = w.x;
    p.u = reals, p.v = reals + p.m, p.dist = p.v + p.n;
    p.column = whole, p.row = whole + p.m, p.from = p.row + p.n;
    status = solve(&p);
  }
  *cost = 0;
  const double *du = turned ? p.v : p.u, *dv = turned ? p.u : p.v;
  for (ptrdiff_t i = 0; i < c->rows && status == SD_OK; i++) {
    column[i] = turned ? p.row[i] : p.column[i];
    if (column[i] >= 0) *cost += sd_mat_get(c, i, column[i]);
    sd_mat_set(u, i, 0, ldexp(du[i], e));
  }
  for (ptrdiff_t j = 0; j < c->cols && status == SD_OK; j++) sd_mat_set(v, j, 0, ldexp(dv[j], e));
  sd_free(p.done);
  sd_free(whole);
  sd_free(reals);
  sd_free(w.x);
  return status == SD_OK && !isfinite(*cost) ? SD_EARG : status;
}
