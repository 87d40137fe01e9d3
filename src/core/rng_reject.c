/* Draws by rejection: gamma and truncated normal (see rng.h).
 *
 * Each candidate for element k is made of the two words of block k at attempt 0, 1, 2, ...; the
 * first one accepted is the element. Nothing else is consumed, so an element costs what it costs
 * and leaves its neighbours where they are.
 *
 * Gamma: G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26
 * (2000). Truncated normal: the regions and proposals of C. P. Robert, "Simulation of truncated
 * normal variables", Statistics and Computing 5 (1995), with the tail's rate lo rather than his
 * optimal one (N. Chopin, ibid. 21, 2011): the acceptance test is then free of cancellation. */
#include "rng_kernel.h"
#include "rng_math.h"
#include "saddle/rng.h"
#include "saddle/status.h"

/* Makes *x of block k's two words; 0 when it is rejected. */
typedef int (*candidate)(const void *how, sd_rng at, uint64_t k, const uint64_t w[2], double *x);

static int reject(sd_rng at, sd_mat *out, candidate fn, const void *how) {
  enum { N = RNG_CHUNK / 2 };
  uint64_t words[RNG_CHUNK];
  double x[N];
  ptrdiff_t total = out->rows * out->cols;
  for (ptrdiff_t k = 0; k < total; k += N) {
    ptrdiff_t n = total - k < N ? total - k : N;
    if (sd_interrupted()) return SD_EINTR;
    sd_rng_now()->words(at, (uint64_t)(k / 8), (n + 7) / 8, 0, words);
    for (ptrdiff_t i = 0; i < n; i++) {
      const uint64_t *first = words + i / 8 * RNG_GROUP + i % 8;
      uint64_t w[2] = {first[0], first[RNG_GROUP / 2]}, e = (uint64_t)(k + i);
      for (uint32_t attempt = 1; !fn(how, at, e, w, &x[i]); attempt++)
        sd_rng_block(at, e, attempt, w);
    }
    sd_rng_store(out, k, n, x);
  }
  return SD_OK;
}

/* ---- gamma ------------------------------------------------------------------------------------*/

typedef struct gamma_law {
  double d, c;  /* the shape (plus 1 when it is below 1) less 1/3, and 1/sqrt(9d) */
  double boost; /* the shape when it is below 1, else 0 */
  double scale;
} gamma_law;

enum { BOOST = 0xffff }; /* the attempt whose block carries the boost's uniform */

/* log(1+t) - (t - t^2/2 + t^3/3), which is about -t^4/4: by its series where the difference would
 * cancel. At |t| = 1/16 the first term left out is 2^-52 of the first one. */
static double log_rest(double t) {
  if (fabs(t) > 0.0625) return rng_log(1 + t) - t * (1 - t * (0.5 - t / 3));
  double s = 0;
  for (int n = 16; n >= 4; n--) s = 1.0 / n - t * s;
  return -(t * t) * (t * t) * s;
}

/* d(1+cz)^3 is accepted with probability exp(3d log_rest(cz)): Marsaglia and Tsang's
 * z^2/2 + d - dv + d log v, in a form that holds for d up to 1e12. */
static int gamma_candidate(const void *how, sd_rng at, uint64_t k, const uint64_t w[2], double *x) {
  const gamma_law *law = how;
  double z = rng_normal(w[0]), u = rng_open(w[1]), t = law->c * z, z2 = z * z;
  if (t <= -1) return 0;
  if (u >= 1 - 0.0331 * z2 * z2 && rng_log(u) >= 3 * law->d * log_rest(t)) return 0;
  *x = law->d * ((1 + t) * (1 + t) * (1 + t));
  if (law->boost > 0) { /* G(a) is G(a+1) U^(1/a) */
    uint64_t more[2];
    sd_rng_block(at, k, BOOST, more);
    *x = rng_exp(rng_log(*x) + rng_log(rng_open(more[0])) / law->boost);
  }
  *x *= law->scale;
  return 1;
}

int sd_rng_gamma(sd_rng at, double shape, double scale, sd_mat *out) {
  if (!(shape > 0 && shape <= 1e12) || !(scale > 0 && scale <= 1e300)) return SD_EARG;
  double boost = shape < 1 ? shape : 0, d = shape + (boost > 0) - 1.0 / 3;
  gamma_law law = {d, 1 / sqrt(9 * d), boost, scale};
  return reject(at, out, gamma_candidate, &law);
}

/* ---- truncated normal -------------------------------------------------------------------------*/

typedef struct truncation {
  double lo, hi, width; /* the interval, mirrored where that brings it to the right: lo <= |hi| */
  double e;             /* exp(-lo width) */
  double sign;          /* -1 when it is mirrored */
} truncation;

/* A wide interval from below 1: a normal number, or for lo >= 0 its absolute value. */
static int from_normal(const void *how, sd_rng at, uint64_t k, const uint64_t w[2], double *x) {
  const truncation *t = how;
  double z = rng_normal(w[0]);
  (void)at, (void)k;
  if (t->lo >= 0) z = fabs(z);
  *x = t->sign * z;
  return z >= t->lo && z <= t->hi;
}

/* A narrow interval: uniform, accepted by the density relative to its largest value. */
static int from_uniform(const void *how, sd_rng at, uint64_t k, const uint64_t w[2], double *x) {
  const truncation *t = how;
  double y = rng_open(w[0]) * t->width, z = t->lo + y;
  double drop = t->lo > 0 ? y * (t->lo + y / 2) : z * z / 2;
  (void)at, (void)k;
  *x = t->sign * z;
  return z <= t->hi && rng_open(w[1]) < rng_exp(-drop);
}

/* A tail: lo plus an exponential number of rate lo kept below the width, accepted with probability
 * exp(-y^2/2). */
static int from_exponential(const void *how, sd_rng at, uint64_t k, const uint64_t w[2],
                            double *x) {
  const truncation *t = how;
  double u = rng_open(w[0]), y = -rng_log(u + (1 - u) * t->e) / t->lo, z = t->lo + y;
  (void)at, (void)k;
  *x = t->sign * z;
  return z <= t->hi && rng_open(w[1]) < rng_exp(-y * y / 2);
}

int sd_rng_truncated_normal(sd_rng at, double lo, double hi, sd_mat *out) {
  if (!(lo < hi) || lo == INFINITY || hi == -INFINITY) return SD_EARG;
  int mirror = hi <= 0 || (lo < 0 && -lo > hi);
  truncation t = {mirror ? -hi : lo, mirror ? -lo : hi, hi - lo, 0, mirror ? -1 : 1};
  if (t.lo < 1 && t.width >= 2.5) return reject(at, out, from_normal, &t);
  if (t.lo < 1 || t.lo * t.width <= 1) return reject(at, out, from_uniform, &t);
  t.e = rng_exp(-t.lo * t.width);
  return reject(at, out, from_exponential, &t);
}
