/* Optimisers: steps of a player's parameters, written as ops.
 *
 * An optimiser is a row of one table: hyper-parameters, the slots of its state, a rule. The rule
 * adds nodes to a graph; kernels, derivatives and plans are those of the graph. A player is a list
 * of leaves (matrices and numbers); whoever calls adds the step to the parameters.
 *
 * With gradient g, parameters p, step number t = 1, 2, ..., element by element:
 *
 *   sgd, momentum   d = g + weight_decay p; M <- momentum M + d; step = -lr M, or with nesterov
 *                   -lr (d + momentum M)                     [Polyak 1964; Sutskever et al. 2013]
 *   rmsprop         v <- b2 v + (1 - b2) g^2; step = -lr g / (sqrt(v) + eps)      [Hinton 2012]
 *   adagrad         v <- v + g^2; step = -lr g / (sqrt(v) + eps)      [Duchi, Hazan, Singer 2011]
 *   adam            m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g^2;
 *                   step = -lr m' / (sqrt(v') + eps) - lr weight_decay p, with m' = m/m_weight,
 *                   v' = v/v_weight, the weights being the same averages of ones, of this
 *                   optimiser's own updates: m_weight <- b1 m_weight + (1 - b1), which is 1 - b1^n
 *                   after n of them        [Kingma and Ba 2015; the decay: Loshchilov, Hutter 2019]
 *   adam_raw        m <- b1 m + g; v <- b2 v + g^2; step = -lr m / sqrt(v + eps), neither averaged
 *                   nor corrected; b1 = 0 is RMSprop, b1 = 0, b2 = 1 Adagrad
 *                   [Jelassi et al., Adam is no better than normalized SGD, algorithm 1]
 *   normalized      M <- momentum M + g; step = -lr M / (|M| + eps), with the joint norm of all
 *                   leaves (scope global) or each leaf's own (layer)               [there, eq. (4)]
 *
 * A hyper-parameter that changes with t is meant at t; Adam's weights follow, so that m' and v' are
 * averages whatever b1 and b2 were, and whether or not t moved between two updates. Where a
 * gradient of zeros would give 0/0, the step is 0. Norms are scaled: only a length that is itself
 * beyond the largest number overflows (and gives a step of 0), and one below the least normal
 * number of the leaf's dtype counts as that number. A normalised step has its length as long as
 * lr / |M| is a normal number: at lr = 1e-3 for |M| from 1e-308 to 1e304. */
#ifndef SADDLE_OPTIM_H
#define SADDLE_OPTIM_H

#include "saddle/graph.h"
#include "saddle/hyper.h"

enum { SD_OPTIM_HYPERS = 6, SD_OPTIM_SLOTS = 4 };

/* A value for each leaf, zeros before the first step, of the leaf's type; or with `number` a single
 * number for all of them, 0 before the first step. It is idle, and need not be kept, where the
 * hyper-parameter `unless` (NULL: there is none) is the constant 0. */
typedef struct sd_slot {
  const char *name, *unless;
  int number;
} sd_slot;

/* One step of one player with n leaves. hyper[k] is a node of the row's k-th hyper-parameter, or of
 * a choice the number of its word; t a node of a number. slot[j] has sd_slot_size entries:
 * slot[j][k] is slot j of leaf k, slot[j][0] one that is a number; 0 when it is idle. Results:
 * step[k], of the leaf's type, and slot_out[j], like slot[j], of no meaning when idle. */
typedef struct sd_update {
  int n;
  const sd_ref *grad, *param, *hyper;
  sd_ref t;
  const sd_ref *slot[SD_OPTIM_SLOTS];
  sd_ref *step, *slot_out[SD_OPTIM_SLOTS];
} sd_update;

typedef struct sd_optim {
  const char *name;
  sd_hyper hyper[SD_OPTIM_HYPERS]; /* up to the first without a name */
  sd_slot slot[SD_OPTIM_SLOTS];
  int (*rule)(sd_graph *g, const sd_update *u);
} sd_optim;

int sd_optim_count(void);
const sd_optim *sd_optim_at(int i);               /* 0 <= i < sd_optim_count() */
const sd_optim *sd_optim_named(const char *name); /* NULL when there is none */
int sd_optim_hypers(const sd_optim *row);
int sd_optim_slots(const sd_optim *row);
int sd_slot_size(const sd_slot *slot, int n); /* its number of values for n leaves */

/* Adds the row's step to g. SD_ESHAPE and sd_graph_why when a gradient or slot is not of its leaf's
 * type or a hyper-parameter or t is no number; SD_EARG when a constant is not allowed;
 * SD_ENOMEM. */
int sd_optim_step(sd_graph *g, const sd_optim *row, const sd_update *u);

/* ---- what is made of steps --------------------------------------------------------------------
 * Of the lists a[n], b[n] of leaves and the numbers p, q into out[n], of a's types (out may be a).
 * |.| is the joint norm of the list, or with SD_LAYER each leaf's own.
 *
 *   graft    a |b| / |a|, and 0 where |a| is 0: the direction of a, the length of b
 *   shorten  a min(1, p / |a|), p > 0: a in the ball of radius p
 *   resize   p a / |a|, and 0 where |a| is 0: a on the sphere of radius p
 *   columns  each column c of a as p c / |c|, and 0 where |c| is 0
 *   clamp    min(max(a, p), q), element by element */
enum { SD_GLOBAL, SD_LAYER };
enum { SD_GRAFT, SD_SHORTEN, SD_RESIZE, SD_COLUMNS, SD_CLAMP, SD_RESHAPES };
typedef struct sd_reshape {
  int scope, n;
  const sd_ref *a, *b; /* b of graft alone */
  sd_ref p, q;         /* of those that have them */
  sd_ref *out;
} sd_reshape;

/* SD_EARG for an unknown `how`, SD_ENOMEM, and what ops refuse. */
int sd_optim_reshape(sd_graph *g, int how, const sd_reshape *r);

#endif
