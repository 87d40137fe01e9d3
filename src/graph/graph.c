/* Storage of graphs: nodes that stay where they are, equal applications found by hashing. */
#include "saddle/graph.h"
#include "ops.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 256, POOL = 16384 }; /* nodes a block; bytes a pool */
enum { WORDS = sizeof(sd_attr) / sizeof(uint64_t) };

/* Bump-allocated memory for arguments and strings. */
typedef struct pool {
  struct pool *next;
  size_t used, size;
} pool;

struct captured {
  sd_capture what;
  sd_ref at;
};

struct sd_graph {
  sd_node **blocks;
  int nodes, nblocks, inputs, aliases;
  pool *pools;
  sd_ref *table; /* open addressing, a power of two, at most half full; 0 is free */
  int table_size, hashed;
  struct captured *captures;
  int ncaptures, captures_room;
  const char *source;
  int line;
  char why[SD_WHY];
};

/* ---- memory -----------------------------------------------------------------------------------*/

int sd_graph_new(sd_graph **out) {
  sd_graph *g = sd_alloc(1, sizeof *g);
  *out = g;
  if (g == NULL) return SD_ENOMEM;
  memset(g, 0, sizeof *g);
  return SD_OK;
}

static sd_node *node(const sd_graph *g, sd_ref r) {
  return &g->blocks[(r - 1) / BLOCK][(r - 1) % BLOCK];
}

void sd_graph_free(sd_graph *g) {
  if (g == NULL) return;
  for (sd_ref r = 1; r <= g->nodes; r++)
    if (node(g, r)->op->hold) node(g, r)->op->hold(node(g, r)->op, -1);
  for (int b = 0; b < g->nblocks; b++) sd_free(g->blocks[b]);
  for (pool *p = g->pools, *next; p; p = next) {
    next = p->next;
    sd_free(p);
  }
  sd_free(g->blocks);
  sd_free(g->table);
  sd_free(g->captures);
  sd_free(g);
}

static void *take(sd_graph *g, size_t bytes) {
  bytes = (bytes + 15) & ~(size_t)15;
  if (g->pools == NULL || g->pools->size - g->pools->used < bytes) {
    size_t size = bytes > POOL ? bytes : POOL;
    pool *p = sd_alloc(1, sizeof *p + size + 16);
    if (p == NULL) return NULL;
    *p = (pool){g->pools, 0, size};
    g->pools = p;
  }
  void *at = (char *)g->pools + ((sizeof(pool) + 15) & ~(size_t)15) + g->pools->used;
  g->pools->used += bytes;
  return at;
}

/* *array, of *room items, grown to hold `need`; SD_ENOMEM leaves it as it was. */
static int grow(void *array, int *room, int need, size_t size) {
  void **a = array, *more;
  int wanted = *room ? *room : 16;
  if (need <= *room) return SD_OK;
  while (wanted < need) wanted *= 2;
  more = sd_alloc((size_t)wanted, size);
  if (more == NULL) return SD_ENOMEM;
  if (*a) memcpy(more, *a, (size_t)*room * size);
  sd_free(*a);
  *a = more;
  *room = wanted;
  return SD_OK;
}

const char *sd_graph_string(sd_graph *g, const char *s) {
  size_t bytes = strlen(s) + 1;
  char *copy = take(g, bytes);
  return copy ? memcpy(copy, s, bytes) : NULL;
}

/* ---- access -----------------------------------------------------------------------------------*/

int sd_graph_size(const sd_graph *g) { return g->nodes; }
int sd_graph_inputs(const sd_graph *g) { return g->inputs; }
int sd_graph_captures(const sd_graph *g) { return g->ncaptures; }
const sd_capture *sd_graph_capture_at(const sd_graph *g, int k) { return &g->captures[k].what; }
const char *sd_graph_why(const sd_graph *g) { return g->why; }

const sd_node *sd_node_at(const sd_graph *g, sd_ref r) { return node(g, r); }

void sd_graph_place(sd_graph *g, const char *source, int line) {
  g->source = source;
  g->line = line;
}

int sd_graph_where(const sd_graph *g, const char **source) {
  *source = g->source;
  return g->line;
}

int sd_graph_refuse(sd_graph *g, int status, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(g->why, sizeof g->why, fmt, ap);
  va_end(ap);
  return status;
}

/* ---- equal applications are one node ----------------------------------------------------------*/

static uint64_t mix(uint64_t h, uint64_t v) {
  h = (h ^ v) * 0x9e3779b97f4a7c15u;
  return h ^ (h >> 29);
}

static uint64_t hash(const sd_op *op, const sd_attr *attr, int nargs, const sd_ref *args) {
  uint64_t h = mix(0, (uint64_t)(uintptr_t)op), words[WORDS];
  memcpy(words, attr, sizeof *attr);
  for (int i = 0; i < WORDS; i++) h = mix(h, words[i]);
  for (int i = 0; i < nargs; i++) h = mix(h, (uint64_t)args[i]);
  return h;
}

static int is_application(const sd_node *n, const sd_op *op, const sd_attr *attr, int nargs,
                          const sd_ref *args) {
  uint64_t mine[WORDS], words[WORDS]; /* numbers are compared by their bits */
  memcpy(mine, &n->attr, sizeof mine);
  memcpy(words, attr, sizeof words);
  return n->op == op && n->nargs == nargs && memcmp(mine, words, sizeof mine) == 0 &&
         (nargs == 0 || memcmp(n->args, args, (size_t)nargs * sizeof *args) == 0);
}

/* The slot of the application, or of the free place where it belongs. */
static sd_ref *slot(const sd_graph *g, const sd_op *op, const sd_attr *attr, int nargs,
                    const sd_ref *args) {
  uint64_t mask = (uint64_t)g->table_size - 1, i = hash(op, attr, nargs, args) & mask;
  while (g->table[i] && !is_application(node(g, g->table[i]), op, attr, nargs, args))
    i = (i + 1) & mask;
  return &g->table[i];
}

static int grow_table(sd_graph *g) {
  sd_ref *old = g->table;
  int size = g->table_size, wanted = size ? 2 * size : 128;
  sd_ref *table = sd_alloc((size_t)wanted, sizeof *table);
  if (table == NULL) return SD_ENOMEM;
  memset(table, 0, (size_t)wanted * sizeof *table);
  g->table = table;
  g->table_size = wanted;
  for (int i = 0; i < size; i++)
    if (old[i]) {
      const sd_node *n = node(g, old[i]);
      *slot(g, n->op, &n->attr, n->nargs, n->args) = old[i];
    }
  sd_free(old);
  return SD_OK;
}

/* ---- appending --------------------------------------------------------------------------------*/

static int add_block(sd_graph *g) {
  sd_node **blocks = sd_alloc((size_t)g->nblocks + 1, sizeof(void *));
  sd_node *b = sd_alloc(BLOCK, sizeof(sd_node));
  if (blocks == NULL || b == NULL) {
    sd_free(blocks);
    sd_free(b);
    return SD_ENOMEM;
  }
  if (g->nblocks) memcpy(blocks, g->blocks, (size_t)g->nblocks * sizeof(void *));
  sd_free(g->blocks);
  g->blocks = blocks;
  g->blocks[g->nblocks++] = b;
  return SD_OK;
}

/* One more node, without an entry in the table. */
static sd_ref append(sd_graph *g, const sd_op *op, const sd_attr *attr, sd_type type, int nargs,
                     const sd_ref *args, int nouts) {
  sd_ref *kept = NULL;
  if (g->nodes == g->nblocks * BLOCK && add_block(g) != SD_OK) return SD_ENOMEM;
  if (nargs > 0 && (kept = take(g, (size_t)nargs * sizeof *kept)) == NULL) return SD_ENOMEM;
  if (nargs > 0) memcpy(kept, args, (size_t)nargs * sizeof *kept);
  sd_node *n = node(g, ++g->nodes);
  *n = (sd_node){op, *attr, type, nargs, nouts, kept, op == &sd_op_input, g->line, g->source};
  for (int k = 0; k < nargs; k++) n->varies |= node(g, args[k])->varies;
  if (op->hold) op->hold(op, 1);
  return g->nodes;
}

/* The application with outputs types[nouts]: the parts of a tuple follow its node. */
static sd_ref append_tuple(sd_graph *g, const sd_op *op, const sd_attr *attr, const sd_type *types,
                           int nargs, const sd_ref *args, int nouts) {
  sd_ref self = append(g, op, attr, types[0], nargs, args, nouts);
  for (int j = 1; j < nouts && self > 0; j++) {
    sd_attr which = {.k = {j}};
    sd_ref part = append(g, &sd_op_part, &which, types[j], 1, &self, 1);
    if (part < 0) return part;
  }
  return self;
}

/* ---- constants --------------------------------------------------------------------------------*/

static int all_constant_numbers(const sd_graph *g, int nargs, const sd_ref *args) {
  for (int k = 0; k < nargs; k++) {
    const sd_node *n = node(g, args[k]);
    if (n->op != &sd_op_full || !n->type.number) return 0;
  }
  return nargs > 0;
}

/* The value of an application of numbers to numbers. */
static sd_ref compute(sd_graph *g, const sd_op *op, const sd_attr *attr, int nargs,
                      const sd_ref *args) {
  double x[SD_FEW], y = 0;
  sd_mat in[SD_FEW], out = sd_mat_over(1, 1, SD_F64, &y);
  for (int k = 0; k < nargs; k++) {
    x[k] = node(g, args[k])->attr.p[0];
    in[k] = sd_mat_over(1, 1, SD_F64, &x[k]);
  }
  sd_call call = {op, attr, nargs, 1, in, &out};
  int status = op->run(&call);
  if (status != SD_OK) {
    sd_fail(&call, status, g->why);
    return status < 0 ? status : SD_EARG;
  }
  return sd_graph_number(g, y);
}

/* ---- emit -------------------------------------------------------------------------------------*/

/* Turns numbers among the joined arguments into the dtype of the matrices. */
static int join(sd_graph *g, const sd_op *op, int nargs, sd_type *types, sd_ref *args) {
  int dtype = sd_joined_dtype(op, nargs, types);
  for (int k = 0; k < nargs && dtype == SD_F32; k++)
    if (types[k].number && sd_op_joins(op, k)) {
      sd_attr attr = {.k = {SD_F32, 0}};
      args[k] = sd_emit(g, &sd_op_to, &attr, 1, &args[k], 1);
      if (args[k] < 0) return args[k];
      types[k] = node(g, args[k])->type;
    }
  return SD_OK;
}

/* As sd_emit, with room for the types of arguments and outputs. */
static sd_ref emit(sd_graph *g, const sd_op *op, const sd_attr *attr, int nargs, sd_ref *args,
                   sd_type *in, int nouts, sd_type *out) {
  for (int k = 0; k < nargs; k++) in[k] = node(g, args[k])->type;
  sd_site site = {op, attr, nargs, nouts, in, out, g->why};
  int status = join(g, op, nargs, in, args);
  if (status == SD_OK) status = sd_infer(&site);
  if (status != SD_OK) return status;
  if (nouts == 1 && out[0].number && nargs <= SD_FEW && op->run &&
      all_constant_numbers(g, nargs, args))
    return compute(g, op, attr, nargs, args);
  sd_ref simpler = op->simplify ? op->simplify(g, &site, args) : 0;
  if (simpler != 0) return simpler;
  if (2 * g->hashed >= g->table_size && grow_table(g) != SD_OK) return SD_ENOMEM;
  sd_ref *entry = slot(g, op, attr, nargs, args);
  if (*entry) return *entry;
  sd_ref self = append_tuple(g, op, attr, out, nargs, args, nouts);
  if (self > 0) *entry = self, g->hashed++;
  return self;
}

sd_ref sd_emit(sd_graph *g, const sd_op *op, const sd_attr *attr, int nargs, const sd_ref *args,
               int nouts) {
  static const sd_attr none;
  sd_ref few[SD_FEW], result;
  sd_type few_in[SD_FEW], few_out[SD_FEW];
  for (int k = 0; k < nargs; k++)
    if (args[k] <= 0) return args[k] < 0 ? args[k] : SD_EARG;
  if (attr == NULL) attr = &none;
  if (nargs <= SD_FEW && nouts <= SD_FEW) {
    if (nargs > 0) memcpy(few, args, (size_t)nargs * sizeof *args);
    return emit(g, op, attr, nargs, few, few_in, nouts, few_out);
  }
  size_t n = (size_t)nargs, types = n + (size_t)nouts;
  char *room = sd_alloc(1, types * sizeof(sd_type) + n * sizeof(sd_ref));
  if (room == NULL) return SD_ENOMEM;
  sd_type *in = (sd_type *)(void *)room;
  sd_ref *copy = (sd_ref *)(void *)(in + types);
  if (n > 0) memcpy(copy, args, n * sizeof *args);
  result = emit(g, op, attr, nargs, copy, in, nouts, in + n);
  sd_free(room);
  return result;
}

/* ---- leaves -----------------------------------------------------------------------------------*/

sd_ref sd_graph_input(sd_graph *g, sd_type type) {
  sd_attr attr = {.k = {g->inputs}};
  sd_ref r = append(g, &sd_op_input, &attr, type, 0, NULL, 1);
  if (r > 0) g->inputs++;
  return r;
}

sd_ref sd_graph_number(sd_graph *g, double v) {
  sd_attr attr = {.p = {v}, .k = {1, 1, SD_F64, 1}};
  return sd_emit(g, &sd_op_full, &attr, 0, NULL, 1);
}

sd_ref sd_graph_alias(sd_graph *g, sd_ref x) {
  if (x <= 0) return x;
  sd_attr attr = {.k = {g->aliases}};
  sd_ref r = append(g, &sd_op_alias, &attr, node(g, x)->type, 1, &x, 1);
  if (r > 0) g->aliases++;
  return r;
}

sd_ref sd_graph_capture(sd_graph *g, const sd_capture *what) {
  sd_attr attr = {.k = {g->ncaptures}};
  for (int k = 0; k < g->ncaptures; k++)
    if (sd_mat_same(&g->captures[k].what.m, &what->m)) return g->captures[k].at;
  if (grow(&g->captures, &g->captures_room, g->ncaptures + 1, sizeof *g->captures) != SD_OK)
    return SD_ENOMEM;
  sd_ref r = append(g, &sd_op_capture, &attr,
                    sd_type_matrix(what->m.rows, what->m.cols, what->m.dtype), 0, NULL, 1);
  if (r > 0) g->captures[g->ncaptures++] = (struct captured){*what, r};
  return r;
}
