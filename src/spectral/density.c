/* Spectral densities by stochastic Lanczos quadrature (Ubaru, Chen and Saad 2017).
 *
 * For a unit vector z the measure sum_i (q_i'z)^2 delta(x - lambda_i) has the Gauss rule whose
 * nodes are the Ritz values of Lanczos from z and whose weights are the squared first components of
 * their vectors (Golub and Welsch 1969). With z a random probe divided by sqrt(n), its expectation
 * is the spectral density. */
#include "saddle/linalg.h"
#include "work.h"
#include <math.h>
#include <stdlib.h>

typedef struct node {
  double x, w;
} node;

typedef struct rule {
  sd_mat z, alpha, beta, basis, theta, vectors;
} rule;

static int allocate(rule *k, ptrdiff_t n, ptrdiff_t steps) {
  int status = sp_room(&k->z, n, 1);
  if (status == SD_OK) status = sp_room(&k->alpha, steps, 1);
  if (status == SD_OK) status = sp_room(&k->beta, steps, 1);
  if (status == SD_OK) status = sp_room(&k->basis, n, steps);
  if (status == SD_OK) status = sp_room(&k->theta, steps, 1);
  if (status == SD_OK) status = sp_room(&k->vectors, steps, steps);
  return status;
}

static void release(rule *k) {
  sd_free(k->z.x);
  sd_free(k->alpha.x);
  sd_free(k->beta.x);
  sd_free(k->basis.x);
  sd_free(k->theta.x);
  sd_free(k->vectors.x);
}

/* list[0 .. *count-1] <- the Gauss rule of the probe at `at`, with weights of sum 1/probes. */
static int add_probe(sd_linear *a, int kind, sd_rng at, ptrdiff_t probes, rule *k, node *list,
                     ptrdiff_t *count) {
  int status = kind == SD_GAUSSIAN ? sd_rng_normal(at, &k->z) : sd_rng_rademacher(at, &k->z);
  *count = 0;
  if (status == SD_OK) status = sd_lanczos(a, &k->z, &k->alpha, &k->beta, &k->basis, count);
  sd_mat theta = sd_mat_over(*count, 1, SD_F64, k->theta.x);
  sd_mat vectors = sd_mat_over(*count, *count, SD_F64, k->vectors.x);
  if (status == SD_OK) status = sp_tridiagonal(*count, &k->alpha, &k->beta, &theta, &vectors);
  for (ptrdiff_t j = 0; j < *count && status == SD_OK; j++) {
    double first = sd_mat_get(&vectors, 0, j);
    list[j] = (node){sd_mat_get(&theta, j, 0), first * first / (double)probes};
  }
  return status;
}

static int by_place(const void *a, const void *b) {
  double x = ((const node *)a)->x, y = ((const node *)b)->x;
  return (x > y) - (x < y);
}

int sd_spectral_density(sd_linear *a, int kind, ptrdiff_t steps, ptrdiff_t probes, sd_rng at,
                        sd_mat *nodes, sd_mat *weights, ptrdiff_t *used) {
  ptrdiff_t n = a->rows, total = steps * probes;
  rule k = {{0}, {0}, {0}, {0}, {0}, {0}};
  node *list = NULL;
  *used = 0;
  if (a->cols != n || nodes->rows != total || weights->rows != total) return SD_ESHAPE;
  if (n == 0 || steps < 1 || steps > n || probes < 1) return SD_EARG;
  int status = sp_check_side(a);
  if (status == SD_OK) status = allocate(&k, n, steps);
  if (status == SD_OK && !(list = sd_alloc((size_t)total, sizeof *list))) status = SD_ENOMEM;
  for (ptrdiff_t p = 0; p < probes && status == SD_OK; p++) {
    sd_rng draw = {at.key, at.ordinal + (uint64_t)p};
    ptrdiff_t count;
    status = add_probe(a, kind, draw, probes, &k, list + *used, &count);
    if (status == SD_OK) *used += count;
  }
  if (status == SD_OK) {
    qsort(list, (size_t)*used, sizeof *list, by_place);
    for (ptrdiff_t j = 0; j < *used; j++) {
      sd_mat_set(nodes, j, 0, list[j].x);
      sd_mat_set(weights, j, 0, list[j].w);
    }
  }
  release(&k);
  sd_free(list);
  return status;
}

int sd_density_smooth(const sd_mat *nodes, const sd_mat *weights, double width, const sd_mat *grid,
                      sd_mat *density, sd_mat *cumulative) {
  const double root_two_pi = 2.50662827463100050242, root_two = 1.41421356237309504880;
  if (nodes->rows != weights->rows || !sd_mat_same_shape(grid, density) ||
      !sd_mat_same_shape(grid, cumulative))
    return SD_ESHAPE;
  if (!(width > 0)) return SD_EARG;
  for (ptrdiff_t g = 0; g < grid->rows; g++) {
    double here = 0, below = 0, x = sd_mat_get(grid, g, 0);
    if (sd_interrupted()) return SD_EINTR;
    for (ptrdiff_t k = 0; k < nodes->rows; k++) {
      double t = (x - sd_mat_get(nodes, k, 0)) / width, w = sd_mat_get(weights, k, 0);
      here += w * exp(-t * t / 2);
      below += w * erfc(-t / root_two) / 2;
    }
    sd_mat_set(density, g, 0, here / (width * root_two_pi));
    sd_mat_set(cumulative, g, 0, below);
  }
  return SD_OK;
}
