/* A bare relay: for each call two connected sockets, one epoll loop, and nothing else. No address is judged,
   nothing is counted, no RTCP. Prints the ports of the caller's and the destination's side of each call, then
   relays until it is killed.
   usage: relay CALLS CALLER_PORT DESTINATION_PORT */
#include "samples.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static int opened(int peer_port, int *port) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof name;
    require(fd >= 0, "socket");
    require(bind(fd, (struct sockaddr *)&name, length) == 0, "bind");
    require(getsockname(fd, (struct sockaddr *)&name, &length) == 0, "getsockname");
    *port = ntohs(name.sin_port);
    name.sin_port = htons((unsigned short)peer_port);
    require(connect(fd, (struct sockaddr *)&name, sizeof name) == 0, "connect");
    return fd;
}

int main(int count, char **arguments) {
    if (count != 4) return fprintf(stderr, "usage: relay CALLS CALLER_PORT DESTINATION_PORT\n"), 2;
    int calls = atoi(arguments[1]), loop = epoll_create1(0);
    for (int call = 0; call < calls; call++) {
        int port[2], fd[2];
        for (int side = 0; side < 2; side++) fd[side] = opened(atoi(arguments[2 + side]), &port[side]);
        for (int side = 0; side < 2; side++) {
            struct epoll_event event = {.events = EPOLLIN};
            event.data.u64 = (uint64_t)fd[side] << 32 | (uint32_t)fd[1 - side];
            require(epoll_ctl(loop, EPOLL_CTL_ADD, fd[side], &event) == 0, "epoll_ctl");
        }
        printf("%d %d\n", port[0], port[1]);
    }
    fflush(stdout);
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(loop, events, 256, -1);
        for (int index = 0; index < ready; index++) {
            static char packet[65536];
            int from = (int)(events[index].data.u64 >> 32), to = (int)(events[index].data.u64 & 0xffffffff);
            ssize_t length;
            while ((length = recv(from, packet, sizeof packet, 0)) >= 0)
                if (send(to, packet, (size_t)length, 0) < 0) break;
        }
    }
}
