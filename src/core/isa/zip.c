/* Loops of the functions of two elements and of where, and links over a few elements, for one
 * instruction set (see zip.inc). */
#include "root.h"
#include "table.h"
#include "vector.h"

#define T         double
#define V         vd
#define M         md
#define W         WD
#define FN(name)  name##_d
#define POW(a, b) sleef_pow_d(a, b)
#define RANGE     0x1p800 /* quotients are normal, and remainders of 106 bits less */
#define DIVISORS  0x1p200
#include "zip.inc"

#define T         float
#define V         vf
#define M         mf
#define W         WF
#define FN(name)  name##_f
#define POW(a, b) pow_through_d(a, b)
#define RANGE     0x1p60f
#define DIVISORS  0x1p50f

/* In f64: one rounding to f32 at the end. */
static inline vf pow_through_d(vf a, vf b) {
  vhalf x[2], y[2];
  memcpy(x, &a, sizeof a);
  memcpy(y, &b, sizeof b);
  for (int h = 0; h < 2; h++) {
    vd p = sleef_pow_d(__builtin_convertvector(x[h], vd), __builtin_convertvector(y[h], vd));
    x[h] = __builtin_convertvector(p, vhalf);
  }
  memcpy(&a, x, sizeof a);
  return a;
}
#include "zip.inc"

sd_zip_loop *const SD_ISA_NAME(sd_zips_)[2][SD_ZIP_COUNT] = {
#define ROW_D(id, name) loop_##name##_d,
#define ROW_F(id, name) loop_##name##_f,
    {SD_ZIPS(ROW_D)}, {SD_ZIPS(ROW_F)}};

sd_where_loop *const SD_ISA_NAME(sd_wheres_)[2] = {where_d, where_f};
sd_spread_loop *const SD_ISA_NAME(sd_spreads_)[2] = {spread_d, spread_f};

sd_pair_loop *const SD_ISA_NAME(sd_pairs_)[2][SD_PAIR_COUNT] = {{pair_add_d, pair_sub_d},
                                                                {pair_add_f, pair_sub_f}};
sd_pad_loop *const SD_ISA_NAME(sd_pads_)[2] = {pad_d, pad_f};
sd_few_loop *const SD_ISA_NAME(sd_fews_)[2] = {few_d, few_f};

sd_sum_loop *const SD_ISA_NAME(sd_sums_)[2][SD_SUM_COUNT] = {{sum_add_d, sum_sub_d, sum_from_d},
                                                             {sum_add_f, sum_sub_f, sum_from_f}};
