/* What Swift's Glibc module leaves out: readiness of many sockets, and a descriptor to wake with. */
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
