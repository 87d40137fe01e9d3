/* Status codes in words, and the interrupt flag. */
#include "saddle/status.h"
#include <stdatomic.h>

volatile sig_atomic_t sd_interrupt_flag;
static atomic_int count; /* lock-free, as a signal handler needs it */

void sd_interrupt(int on) {
  sd_interrupt_flag = on;
  if (on) atomic_fetch_add(&count, 1);
}
int sd_interrupts(void) { return atomic_load(&count); }

const char *sd_status_text(int status) {
  switch (status) {
  case SD_OK: return "ok";
  case SD_ENOMEM: return "not enough memory";
  case SD_ESHAPE: return "shapes do not fit together";
  case SD_EDTYPE: return "dtypes do not fit together";
  case SD_ENONFINITE: return "the input has NaN or infinite elements";
  case SD_ENOCONV: return "the iteration did not converge";
  case SD_EARG: return "an argument is outside its domain";
  case SD_EIO: return "input or output failed";
  case SD_EFORMAT: return "the file is not in the expected format";
  case SD_EINTR: return "interrupted";
  case SD_ETOOBIG: return "the size is too large for 32-bit LAPACK";
  case SD_EHOST: return "a function of the script failed";
  default: return status > 0 ? "the LAPACK routine stopped early" : "unknown status";
  }
}
