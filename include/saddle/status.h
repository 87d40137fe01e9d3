/* Status codes: what a core function returns.
 *
 * 0 is success; a negative code is one of those below; a positive value is a LAPACK index, and the
 * function that returns one documents what it counts. The core never prints, exits or jumps:
 * whoever called turns the code into words (src/lua/ does, naming function, rule and shapes). */
#ifndef SADDLE_STATUS_H
#define SADDLE_STATUS_H

#include <signal.h>

enum {
  SD_OK = 0,
  SD_ENOMEM = -1,     /* an allocation failed or would pass the memory ceiling */
  SD_ESHAPE = -2,     /* shapes do not fit together */
  SD_EDTYPE = -3,     /* dtypes differ or are not served */
  SD_ENONFINITE = -4, /* NaN or infinity where finite numbers are needed */
  SD_ENOCONV = -5,    /* an iteration did not converge */
  SD_EARG = -6,       /* an argument is outside its domain */
  SD_EIO = -7,        /* the operating system refused (errno says why) */
  SD_EFORMAT = -8,    /* a file does not hold what its format promises */
  SD_EINTR = -9,      /* the user interrupted */
  SD_ETOOBIG = -10,   /* a size passes what a 32-bit LAPACK, or memory arithmetic, can count */
  SD_EHOST = -11      /* a function that the host gave failed; the host knows why */
};

enum { SD_WHY = 256 }; /* bytes of a sentence that says more than a code */

/* A short sentence for a code, never NULL; static storage. */
const char *sd_status_text(int status);

/* Interrupts. A signal handler calls sd_interrupt(1); long loops of the core poll
 * sd_interrupted() and return SD_EINTR; who reports it to the user clears the flag with
 * sd_interrupt(0). sd_interrupts() counts the calls of sd_interrupt(1) so far, and nothing
 * resets it: who calls back into a host that may clear the flag learns by it that there was one. */
void sd_interrupt(int on);
extern volatile sig_atomic_t sd_interrupt_flag; /* sd_interrupted()'s */
static inline int sd_interrupted(void) { return sd_interrupt_flag != 0; }
int sd_interrupts(void);

#endif
