/* From a graph to steps over an arena, and running them (see plan.h). */
#include "saddle/plan.h"
#include "ops.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A value of the plan: the node of the same number in the plan's graph. */
typedef struct value {
  size_t offset; /* in the arena, for values that a step makes */
  int last_use;  /* the step after which nobody reads it; INT_MAX: kept */
} value;

typedef struct step {
  sd_ref node;
  sd_call call;
} step;

struct sd_plan {
  sd_graph *g;
  sd_ref *outs;
  int nout;
  value *values;
  step *steps;
  int nsteps, nconstant; /* the first nconstant depend on captures alone */
  sd_mat *heads;         /* of values 1..; then those that the calls point to */
  size_t arena;
  sd_capture *captures;
  uint64_t *seen; /* versions of the captures when the constant steps last ran */
  int constant_done;
  char why[SD_WHY];
};

static int is_leaf(const sd_node *n) {
  return n->op == &sd_op_input || n->op == &sd_op_capture || n->op == &sd_op_part;
}

/* ---- the order of steps -----------------------------------------------------------------------*/

static int add_steps(sd_plan *p, int varies) {
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++) {
    const sd_node *n = sd_node_at(p->g, r);
    if (is_leaf(n) || n->varies != varies) continue;
    p->steps[p->nsteps++] = (step){r, {n->op, &n->attr, n->nargs, n->nouts, NULL, NULL}};
  }
  return p->nsteps;
}

static void note_uses(sd_plan *p) {
  for (int i = 0; i < p->nsteps; i++) {
    const sd_node *n = sd_node_at(p->g, p->steps[i].node);
    for (int j = 0; j < n->nouts; j++)
      if (p->values[p->steps[i].node + j].last_use < i)
        p->values[p->steps[i].node + j].last_use = i;
    for (int k = 0; k < n->nargs; k++) {
      int crosses = i >= p->nconstant && !sd_node_at(p->g, n->args[k])->varies;
      value *v = &p->values[n->args[k]];
      if (v->last_use < i) v->last_use = i;
      if (crosses) v->last_use = INT_MAX;
    }
  }
  for (int j = 0; j < p->nout; j++) p->values[p->outs[j]].last_use = INT_MAX;
}

/* ---- the arena --------------------------------------------------------------------------------*/

typedef struct gap {
  size_t from, to;
} gap;

/* Free space below `end`, in order. */
typedef struct space {
  gap *gaps;
  int n;
  size_t end;
} space;

/* The smallest gap that fits, or the end. */
static size_t reserve(space *s, size_t bytes) {
  int best = -1;
  for (int i = 0; i < s->n; i++) {
    size_t size = s->gaps[i].to - s->gaps[i].from;
    if (size >= bytes && (best < 0 || size < s->gaps[best].to - s->gaps[best].from)) best = i;
  }
  if (best < 0) {
    s->end += bytes;
    return s->end - bytes;
  }
  size_t at = s->gaps[best].from;
  s->gaps[best].from += bytes;
  if (s->gaps[best].from == s->gaps[best].to) {
    s->n--;
    memmove(&s->gaps[best], &s->gaps[best + 1], (size_t)(s->n - best) * sizeof *s->gaps);
  }
  return at;
}

static void release(space *s, size_t from, size_t bytes) {
  int i = 0;
  if (bytes == 0) return;
  while (i < s->n && s->gaps[i].from < from) i++;
  memmove(&s->gaps[i + 1], &s->gaps[i], (size_t)(s->n - i) * sizeof *s->gaps);
  s->gaps[i] = (gap){from, from + bytes};
  s->n++;
  if (i + 1 < s->n && s->gaps[i].to == s->gaps[i + 1].from) { /* joins the next one */
    s->gaps[i].to = s->gaps[i + 1].to;
    s->n--;
    memmove(&s->gaps[i + 1], &s->gaps[i + 2], (size_t)(s->n - i - 1) * sizeof *s->gaps);
  }
  if (i > 0 && s->gaps[i - 1].to == s->gaps[i].from) { /* joins the one before */
    s->gaps[i - 1].to = s->gaps[i].to;
    s->n--;
    memmove(&s->gaps[i], &s->gaps[i + 1], (size_t)(s->n - i) * sizeof *s->gaps);
  }
}

static int bytes_of(const sd_type *t, size_t *bytes) {
  int status = sd_mem_size(t->rows, t->cols, sd_type_size(t), bytes);
  *bytes = (*bytes + SD_ALIGN - 1) / SD_ALIGN * SD_ALIGN;
  return status;
}

/* Gives every value of a step its place; what a step reads for the last time is free after it. */
static int place(sd_plan *p) {
  int size = sd_graph_size(p->g);
  space s = {sd_alloc((size_t)size + 2, sizeof(gap)), 0, 0};
  int status = s.gaps ? SD_OK : SD_ENOMEM;
  for (int i = 0; i < p->nsteps && status == SD_OK; i++) {
    const sd_node *n = sd_node_at(p->g, p->steps[i].node);
    size_t bytes = 0;
    for (int j = 0; j < n->nouts && status == SD_OK; j++) {
      sd_ref r = p->steps[i].node + j;
      status = bytes_of(&sd_node_at(p->g, r)->type, &bytes);
      if (status == SD_OK) p->values[r].offset = reserve(&s, bytes);
    }
    for (sd_ref r = 1; r <= size && status == SD_OK; r++)
      if (p->values[r].last_use == i && sd_node_at(p->g, r)->op != &sd_op_input &&
          sd_node_at(p->g, r)->op != &sd_op_capture) {
        bytes_of(&sd_node_at(p->g, r)->type, &bytes);
        release(&s, p->values[r].offset, bytes);
      }
  }
  p->arena = s.end;
  sd_free(s.gaps);
  return status;
}

/* ---- making -----------------------------------------------------------------------------------*/

/* The plan's own graph: what the outputs need of g, with all of g's inputs. */
static int copy_graph(sd_plan *p, const sd_graph *g, const sd_ref *outs) {
  int inputs = sd_graph_inputs(g), status = sd_graph_new(&p->g);
  sd_ref *in = sd_alloc((size_t)inputs + 1, sizeof *in);
  if (in == NULL && status == SD_OK) status = SD_ENOMEM;
  for (sd_ref r = 1; r <= sd_graph_size(g) && status == SD_OK; r++) {
    const sd_node *n = sd_node_at(g, r);
    if (n->op != &sd_op_input) continue;
    sd_ref made = sd_graph_input(p->g, n->type);
    in[n->attr.k[0]] = made;
    if (made < 0) status = made;
  }
  if (status == SD_OK) status = sd_graph_inline(p->g, g, in, p->nout, outs, p->outs);
  sd_free(in);
  return status;
}

static int lay_out(sd_plan *p) {
  size_t size = (size_t)sd_graph_size(p->g), heads = size + 1;
  int ncaptures = sd_graph_captures(p->g);
  for (sd_ref r = 1; r <= (sd_ref)size; r++) {
    const sd_node *n = sd_node_at(p->g, r);
    heads += (size_t)(n->nargs + n->nouts);
  }
  p->values = sd_alloc(size + 1, sizeof *p->values);
  p->steps = sd_alloc(size + 1, sizeof *p->steps);
  p->heads = sd_alloc(heads, sizeof *p->heads);
  p->captures = sd_alloc((size_t)ncaptures + 1, sizeof *p->captures);
  p->seen = sd_alloc((size_t)ncaptures + 1, sizeof *p->seen);
  if (!p->values || !p->steps || !p->heads || !p->captures || !p->seen) return SD_ENOMEM;
  for (size_t r = 0; r <= size; r++) p->values[r] = (value){0, -1};
  for (int k = 0; k < ncaptures; k++) p->captures[k] = *sd_graph_capture_at(p->g, k);
  p->nconstant = add_steps(p, 0);
  add_steps(p, 1);
  note_uses(p);
  return place(p);
}

int sd_plan_new(const sd_graph *g, int nout, const sd_ref *outs, sd_plan **plan) {
  sd_plan *p = sd_alloc(1, sizeof *p);
  int status;
  *plan = NULL;
  if (p == NULL) return SD_ENOMEM;
  memset(p, 0, sizeof *p);
  p->nout = nout;
  p->outs = sd_alloc((size_t)nout + 1, sizeof *p->outs);
  status = p->outs ? copy_graph(p, g, outs) : SD_ENOMEM;
  if (status == SD_OK) status = lay_out(p);
  if (status == SD_OK)
    *plan = p;
  else
    sd_plan_free(p);
  return status;
}

void sd_plan_free(sd_plan *p) {
  if (p == NULL) return;
  sd_graph_free(p->g);
  sd_free(p->outs);
  sd_free(p->values);
  sd_free(p->steps);
  sd_free(p->heads);
  sd_free(p->captures);
  sd_free(p->seen);
  sd_free(p);
}

int sd_plan_inputs(const sd_plan *p) { return sd_graph_inputs(p->g); }
int sd_plan_outputs(const sd_plan *p) { return p->nout; }
sd_type sd_plan_output_type(const sd_plan *p, int j) { return sd_node_at(p->g, p->outs[j])->type; }
size_t sd_plan_arena(const sd_plan *p) { return p->arena; }
const sd_graph *sd_plan_graph(const sd_plan *p) { return p->g; }
const sd_mat *sd_plan_output(const sd_plan *p, int j) { return &p->heads[p->outs[j]]; }
const char *sd_plan_why(const sd_plan *p) { return p->why; }

/* ---- running ----------------------------------------------------------------------------------*/

void sd_plan_bind(sd_plan *p, void *arena, const sd_mat *in, const sd_capture *captures) {
  int size = sd_graph_size(p->g);
  sd_mat *at = p->heads + size + 1;
  for (int k = 0; captures && k < sd_graph_captures(p->g); k++) p->captures[k] = captures[k];
  for (sd_ref r = 1; r <= size; r++) {
    const sd_node *n = sd_node_at(p->g, r);
    if (n->op == &sd_op_input)
      p->heads[r] = in[n->attr.k[0]];
    else if (n->op == &sd_op_capture)
      p->heads[r] = p->captures[n->attr.k[0]].m;
    else
      p->heads[r] = sd_mat_over(n->type.rows, n->type.cols, n->type.dtype,
                                (char *)arena + p->values[r].offset);
  }
  for (int i = 0; i < p->nsteps; i++) {
    const sd_node *n = sd_node_at(p->g, p->steps[i].node);
    p->steps[i].call.in = at;
    for (int k = 0; k < n->nargs; k++) *at++ = p->heads[n->args[k]];
    p->steps[i].call.out = at;
    for (int j = 0; j < n->nouts; j++) *at++ = p->heads[p->steps[i].node + j];
  }
  p->constant_done = 0;
}

/* 1 when the constant steps have run since the last write to a captured matrix. */
static int is_fresh(sd_plan *p) {
  int fresh = p->constant_done;
  for (int k = 0; k < sd_graph_captures(p->g); k++) {
    const uint64_t *version = p->captures[k].version;
    if (version && *version != p->seen[k]) fresh = 0;
    if (version) p->seen[k] = *version;
  }
  return fresh;
}

static int failed(sd_plan *p, const step *s, int status) {
  const sd_node *n = sd_node_at(p->g, s->node);
  char why[SD_WHY];
  sd_fail(&s->call, status, why);
  if (n->source)
    snprintf(p->why, sizeof p->why, "%.*s (at %s:%d)", SD_WHY - 80, why, n->source, n->line);
  else
    snprintf(p->why, sizeof p->why, "%s", why);
  return status;
}

int sd_plan_run(sd_plan *p) {
  int first = is_fresh(p) ? p->nconstant : 0;
  p->constant_done = 0;
  for (int i = first; i < p->nsteps; i++) {
    step *s = &p->steps[i];
    int status = s->call.op->run(&s->call);
    if (status != SD_OK) return failed(p, s, status);
    if (sd_interrupted()) return SD_EINTR;
  }
  p->constant_done = 1;
  return SD_OK;
}
