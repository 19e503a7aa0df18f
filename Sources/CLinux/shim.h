/* What Swift's Glibc module leaves out: readiness of many sockets, descriptors to wake with, and descriptors that
   are handed from one process to another. */
#pragma once
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <time.h>

/* Nanoseconds of a clock. `struct timespec` itself cannot be named in Swift wherever NIO is imported
   too: its C module claims the structure's members. */
static inline long long clinux_clock(clockid_t clock) {
    struct timespec time = {0, 0};
    clock_gettime(clock, &time);
    return (long long)time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* The magic number of the file system that a path is on; 0 when it cannot be told. The function and
   the structure have one name, which Swift cannot tell apart. */
static inline long clinux_filesystem(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (long)status.f_type : 0;
}

/* The address of a local socket; a leading @ stands for the abstract namespace. 0 when the name is too long. */
static inline socklen_t clinux_local_address(const char *name, struct sockaddr_un *address) {
    size_t length = strlen(name);
    memset(address, 0, sizeof *address);
    if (length == 0 || length >= sizeof address->sun_path) return 0;
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, name, length);
    if (name[0] == '@') address->sun_path[0] = 0;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '@' ? 0 : 1));
}

enum { clinux_descriptors_per_message = 16 };

/* Sends a text with copies of descriptors, at most `clinux_descriptors_per_message`; -1 when it fails. */
static inline ssize_t clinux_send_descriptors(
    int socket, const char *text, size_t length, const int *descriptors, size_t count) {
    union {
        char bytes[CMSG_SPACE(sizeof(int) * clinux_descriptors_per_message)];
        struct cmsghdr alignment;
    } control;
    struct iovec part = {(void *)text, length};
    struct msghdr message = {0};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (count > clinux_descriptors_per_message) count = clinux_descriptors_per_message;
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

/* Takes a message without waiting: its length, or -1. `descriptors` has room for as many as a message can have;
   `sender` is the process that sent it, 0 when the socket does not ask for it (SO_PASSCRED). */
static inline ssize_t clinux_receive_descriptors(
    int socket, char *text, size_t capacity, int *descriptors, size_t *count, int *sender) {
    struct { int process; unsigned user, group; } credentials; /* struct ucred, which only GNU's headers name */
    union {
        char bytes[CMSG_SPACE(sizeof(int) * clinux_descriptors_per_message) + CMSG_SPACE(sizeof credentials)];
        struct cmsghdr alignment;
    } control;
    struct iovec part = {text, capacity};
    struct msghdr message = {0};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control;
    *count = 0;
    *sender = 0;
    ssize_t length = recvmsg(socket, &message, MSG_DONTWAIT | 0x40000000 /* MSG_CMSG_CLOEXEC */);
    if (length < 0) return length;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET) continue;
        size_t bytes = header->cmsg_len - CMSG_LEN(0);
        if (header->cmsg_type == SCM_RIGHTS && bytes <= sizeof(int) * clinux_descriptors_per_message) {
            memcpy(descriptors, CMSG_DATA(header), bytes);
            *count = bytes / sizeof(int);
        } else if (header->cmsg_type == 2 /* SCM_CREDENTIALS */ && bytes == sizeof credentials) {
            memcpy(&credentials, CMSG_DATA(header), bytes);
            *sender = credentials.process;
        }
    }
    return length;
}
