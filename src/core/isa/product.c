/* Loops of products with a small side, for one instruction set (see product.inc). */
#include "table.h"
#include "vector.h"

/* Vectors of partial sums that a tile keeps in registers: half of what the processor has. */
#if SD_ISA_LEVEL == 2
enum { HELD = 16 };
#else
enum { HELD = 8 };
#endif

/* A loop that the compiler unrolls early, so that arrays of vectors become registers. */
#define UNROLLED(t, n) _Pragma("GCC unroll 16") for (int t = 0; t < (n); t++)

/* Shuffles of two vectors x and y of w lanes, at a distance h, a power of two: lane l of SAME is
 * x's l where l has not the bit h, else y's; of OTHER x's or y's l^h, likewise; of LOW x's l, or
 * y's l^h; of HIGH x's l^h, or y's l. */
#define SAME(l, w, h)        (((l) & (h)) ? (w) + (l) : (l))
#define OTHER(l, w, h)       (((l) & (h)) ? (w) + ((l) ^ (h)) : ((l) ^ (h)))
#define LOW(l, w, h)         (((l) & (h)) ? (w) + ((l) ^ (h)) : (l))
#define HIGH(l, w, h)        (((l) & (h)) ? (w) + (l) : ((l) ^ (h)))
#define LANES_2(f, o, w, h)  f(o, w, h), f(o + 1, w, h)
#define LANES_4(f, o, w, h)  LANES_2(f, o, w, h), LANES_2(f, o + 2, w, h)
#define LANES_8(f, o, w, h)  LANES_4(f, o, w, h), LANES_4(f, o + 4, w, h)
#define LANES_16(f, o, w, h) LANES_8(f, o, w, h), LANES_8(f, o + 8, w, h)
#define SHUFFLE(f, w, h)     __builtin_shufflevector(x, y, LANES_##w(f, 0, w, (h) < (w) ? (h) : 1))

/* The shuffle for the distance, which is known when it is compiled. */
#define SHUFFLES(name, V, f, w)                                                                    \
  static inline __attribute__((always_inline)) V name(V x, V y, int distance) {                    \
    return distance == 1   ? SHUFFLE(f, w, 1)                                                      \
           : distance == 2 ? SHUFFLE(f, w, 2)                                                      \
           : distance == 4 ? SHUFFLE(f, w, 4)                                                      \
                           : SHUFFLE(f, w, 8);                                                     \
  }
#define ALL_SHUFFLES(s, V, w)                                                                      \
  SHUFFLES(same_##s, V, SAME, w)                                                                   \
  SHUFFLES(other_##s, V, OTHER, w)                                                                 \
  SHUFFLES(low_##s, V, LOW, w)                                                                     \
  SHUFFLES(high_##s, V, HIGH, w)                                                                   \
  /* sums of pairs of lanes: of x where the lane has not the bit, else of y */                     \
  static inline __attribute__((always_inline)) V fold_##s(V x, V y, int distance) {                \
    return same_##s(x, y, distance) + other_##s(x, y, distance);                                   \
  }
#if SD_VECTOR_BYTES == 64
ALL_SHUFFLES(d, vd, 8)
ALL_SHUFFLES(f, vf, 16)
#elif SD_VECTOR_BYTES == 32
ALL_SHUFFLES(d, vd, 4)
ALL_SHUFFLES(f, vf, 8)
#else
ALL_SHUFFLES(d, vd, 2)
ALL_SHUFFLES(f, vf, 4)
#endif

#define T        double
#define V        vd
#define W        WD
#define FN(name) name##_d
#include "product.inc"

#define T        float
#define V        vf
#define W        WF
#define FN(name) name##_f
#include "product.inc"

#if SD_ISA_LEVEL > 0
sd_product_loop *const SD_ISA_NAME(sd_products_)[2][SD_PRODUCT_WAYS] = {{columns_d, dots_d},
                                                                        {columns_f, dots_f}};
#else
sd_product_loop *const SD_ISA_NAME(sd_products_)[2][SD_PRODUCT_WAYS] = {{NULL}};
#endif
sd_turn_loop *const SD_ISA_NAME(sd_turns_)[2] = {turn_d, turn_f};
