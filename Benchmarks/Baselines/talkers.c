/* Both ends of many calls: sends G.711 packets of 172 bytes, 50 a second each way for each call, through a relay,
   and reads what comes out at the other end. Reads lines "CALLER_SIDE DESTINATION_SIDE" with the relay's ports.
   Says on standard error how many it sent; prints how many came, and how long they took. The socket of the
   caller's side has CALLER_PORT, that of the destination's DESTINATION_PORT, as the descriptions of all calls say.
   usage: talkers CALLER_PORT DESTINATION_PORT SECONDS < PORTS */
#define _GNU_SOURCE
#include "samples.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { most_calls = 4096, packet_bytes = 172, slices = 10, period = 20000000 };

static int ports[most_calls][2], calls, ends[2];
static uint16_t sequence[most_calls][2];
static int64_t sent, came;
static struct samples delays;

static int opened(int port) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), room = 8 << 20;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                               .sin_port = htons((unsigned short)port)};
    require(fd >= 0, "socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    require(bind(fd, (struct sockaddr *)&name, sizeof name) == 0, "bind");
    return fd;
}

static void speak(int call, int side) {
    unsigned char packet[packet_bytes] = {0x80, 0};
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                               .sin_port = htons((unsigned short)ports[call][side])};
    uint16_t number = sequence[call][side]++;
    uint32_t stamp = htonl(number * 160u), source = htonl((uint32_t)(call * 2 + side + 1));
    int64_t time = nanoseconds();
    packet[2] = (unsigned char)(number >> 8);
    packet[3] = (unsigned char)number;
    memcpy(packet + 4, &stamp, 4);
    memcpy(packet + 8, &source, 4);
    memcpy(packet + 12, &time, 8);
    if (sendto(ends[side], packet, sizeof packet, 0, (struct sockaddr *)&name, sizeof name) > 0) sent++;
}

static void listen_until(int64_t end) {
    for (int64_t time = nanoseconds(); time < end; time = nanoseconds()) {
        struct pollfd waiting[2] = {{.fd = ends[0], .events = POLLIN}, {.fd = ends[1], .events = POLLIN}};
        struct timespec rest = {.tv_nsec = end - time};
        if (ppoll(waiting, 2, &rest, NULL) <= 0) continue;
        for (int side = 0; side < 2; side++) {
            unsigned char packet[2048];
            while (recv(ends[side], packet, sizeof packet, 0) == packet_bytes) {
                int64_t began;
                memcpy(&began, packet + 12, 8);
                samples_add(&delays, nanoseconds() - began);
                came++;
            }
        }
    }
}

int main(int count, char **arguments) {
    if (count != 4) return fprintf(stderr, "usage: talkers CALLER_PORT DESTINATION_PORT SECONDS\n"), 2;
    for (int side = 0; side < 2; side++) ends[side] = opened(atoi(arguments[1 + side]));
    while (calls < most_calls && scanf("%d %d", &ports[calls][0], &ports[calls][1]) == 2) calls++;
    require(calls > 0, "no ports");
    samples_begin(&delays);
    int64_t next = delays.started, last = next + (int64_t)(atof(arguments[3]) * 1e9);
    for (int turn = 0; next < last; turn++) {
        for (int call = turn % slices; call < calls; call += slices)
            for (int side = 0; side < 2; side++) speak(call, side);
        next += period / slices;
        listen_until(next);
    }
    listen_until(nanoseconds() + 200000000);
    fprintf(stderr, "%lld\n", (long long)sent);
    samples_print(&delays, came);
    return 0;
}
