/* Links of chains: a call of a loop each, or for numbers an instruction or two (see link.h).
 *
 * A loop over one number costs ten times its arithmetic. What is exact or rounded once is the same
 * bits in plain C as in a vector; anything else goes through the loops, so that a number has the
 * bits that it would have in a matrix. */
#include "link.h"
#include <math.h>

void sd_link_bind(const sd_chain *c, const sd_kernels *k, sd_link *l) {
  int t = c->places[l->out].m.dtype;
  if (l->kind == SD_LINK_MAP) l->loop = (void (*)(void))k->maps[t][l->fn];
  if (l->kind == SD_LINK_ZIP) l->loop = (void (*)(void))k->zips[t][l->fn];
  if (l->kind == SD_LINK_SUM) l->loop = (void (*)(void))k->sums[t][l->fn];
  if (l->kind == SD_LINK_PRODUCTS) l->loop = (void (*)(void))k->pairs[t][l->fn];
  if (l->kind == SD_LINK_WHERE) l->loop = (void (*)(void))k->wheres[t];
}

/* ---- over n elements --------------------------------------------------------------------------*/

static void run_zip(const sd_place *p, const sd_link *l, ptrdiff_t n) {
  const sd_place *a = &p[l->in[0]], *b = &p[l->in[1]];
  ((sd_zip_loop *)l->loop)(n, a->at, a->step, b->at, b->step, p[l->out].at);
}

static void run_products(const sd_place *p, const sd_link *l, ptrdiff_t n) {
  sd_operand in[4];
  for (int k = 0; k < 4; k++) in[k] = (sd_operand){p[l->in[k]].at, p[l->in[k]].step};
  ((sd_pair_loop *)l->loop)(n, in, p[l->out].at);
}

static void run_copy(const sd_place *p, const sd_link *l, ptrdiff_t n) {
  const sd_place *a = &p[l->in[0]], *y = &p[l->out];
  sd_mat from = sd_mat_over(n, 1, a->m.dtype, a->at), to = sd_mat_over(n, 1, y->m.dtype, y->at);
  if (a->step)
    sd_mat_copy(&from, &to);
  else
    sd_mat_fill(&to, sd_mat_get(&from, 0, 0));
}

static void run_link(const sd_place *p, const sd_link *l, ptrdiff_t n) {
  const sd_place *a = &p[l->in[0]];
  switch (l->kind) {
  case SD_LINK_MAP: ((sd_map_loop *)l->loop)(n, a->at, p[l->out].at, l->p); break;
  case SD_LINK_ZIP: run_zip(p, l, n); break;
  case SD_LINK_PRODUCTS: run_products(p, l, n); break;
  case SD_LINK_WHERE:
  case SD_LINK_SUM: { /* their loops have one type */
    const sd_place *u = &p[l->in[1]], *v = &p[l->in[2]];
    ((sd_where_loop *)l->loop)(n, a->at, a->step, u->at, u->step, v->at, v->step, p[l->out].at);
    break;
  }
  default: run_copy(p, l, n);
  }
}

void sd_links_run(const sd_chain *c, ptrdiff_t n) {
  for (int i = 0; i < c->nlinks - c->nfolds; i++) run_link(c->places, &c->links[i], n);
}

/* ---- over one ---------------------------------------------------------------------------------*/

static double value(const sd_place *p) { return *(const double *)(const void *)p->at; }

/* 1 when *c is the function of one number. */
static int map_number(int fn, double a, double *c) {
  switch (fn) {
  case SD_MAP_NEG: *c = -a; return 1;
  case SD_MAP_ABS: *c = fabs(a); return 1;
  case SD_MAP_SQRT: *c = sqrt(a); return 1;
  case SD_MAP_SIGN: *c = a > 0 ? 1 : a < 0 ? -1 : a; return 1;
  default: return 0;
  }
}

/* 1 when *c is the function of two. A NaN wins over a maximum, and +0 over -0. */
static int zip_number(int fn, double a, double b, double *c) {
  switch (fn) {
  case SD_ZIP_ADD: *c = a + b; return 1;
  case SD_ZIP_SUB: *c = a - b; return 1;
  case SD_ZIP_MUL: *c = a * b; return 1;
  case SD_ZIP_DIV: *c = a / b; return 1;
  case SD_ZIP_MAX: *c = a == b ? (signbit(a) ? b : a) : a > b || isnan(a) ? a : b; return 1;
  case SD_ZIP_MIN: *c = a == b ? (signbit(a) ? a : b) : a < b || isnan(a) ? a : b; return 1;
  case SD_ZIP_PASS: *c = a == 0 ? 0 : b; return 1;
  case SD_ZIP_LT: *c = a < b; return 1;
  case SD_ZIP_LE: *c = a <= b; return 1;
  case SD_ZIP_GT: *c = a > b; return 1;
  case SD_ZIP_GE: *c = a >= b; return 1;
  case SD_ZIP_EQ: *c = a == b; return 1;
  case SD_ZIP_NE: *c = a != b; return 1;
  default: return 0;
  }
}

static double sum_number(const sd_place *p, const sd_link *l) {
  double ab = value(&p[l->in[0]]) * value(&p[l->in[1]]), c = value(&p[l->in[2]]);
  if (l->kind == SD_LINK_PRODUCTS) c *= value(&p[l->in[3]]);
  return l->fn == SD_SUM_ADD ? ab + c : l->fn == SD_SUM_SUB ? ab - c : c - ab;
}

/* 1 when the link was arithmetic on f64 numbers, and done. */
static int run_number(const sd_place *p, const sd_link *l) {
  double *c = (double *)(void *)p[l->out].at;
  if (p[l->out].m.dtype != SD_F64) return 0;
  switch (l->kind) {
  case SD_LINK_MAP: return map_number(l->fn, value(&p[l->in[0]]), c);
  case SD_LINK_ZIP: return zip_number(l->fn, value(&p[l->in[0]]), value(&p[l->in[1]]), c);
  case SD_LINK_SUM:
  case SD_LINK_PRODUCTS: *c = sum_number(p, l); return 1;
  case SD_LINK_WHERE: *c = value(&p[l->in[value(&p[l->in[0]]) == 0 ? 2 : 1]]); return 1;
  default: return 0;
  }
}

void sd_links_run_number(const sd_chain *c) {
  for (int i = 0; i < c->nlinks - c->nfolds; i++)
    if (!run_number(c->places, &c->links[i])) run_link(c->places, &c->links[i], 1);
}
