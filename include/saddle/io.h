#ifndef SADDLE_IO_H
#define SADDLE_IO_H
#endif
