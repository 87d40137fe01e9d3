#ifndef SADDLE_LINALG_H
#define SADDLE_LINALG_H
#endif
