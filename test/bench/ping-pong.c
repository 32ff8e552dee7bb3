/*
 * Requests and answers over one connection on 127.0.0.1, in turns of a fixed time: prints the port and the abstract name of a
 * unix-domain socket, then for each line on standard input, `MILLISECONDS 0`, the round trips and the nanoseconds that they took;
 * for `MILLISECONDS 1` reads and writes of files, for `MILLISECONDS 2` round trips over a connection to the unix-domain socket.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define REQUEST 64
#define ANSWER 512
#define MUST(condition) ((condition) ? (void)0 : (perror(#condition), exit(1)))

static void receive(int fd, char *memory, long length)
{
	MUST(recv(fd, memory, length, MSG_WAITALL) == length);
}

static void *answer(void *argument)
{
	int fd = *(int *)argument;
	char memory[ANSWER] = { 0 };

	for (;;) {
		if (recv(fd, memory, REQUEST, MSG_WAITALL) != REQUEST)
			exit(0);
		MUST(send(fd, memory, ANSWER, 0) == ANSWER);
	}
}

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000L + time.tv_nsec;
}

/* At an abstract name that the kernel chooses, which is printed. */
static void connect_unix(int *client, int *server)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(address);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	MUST(bind(listener, (struct sockaddr *)&address, sizeof(address.sun_family)) == 0 && listen(listener, 1) == 0);
	MUST(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	*client = socket(AF_UNIX, SOCK_STREAM, 0);
	MUST(connect(*client, (struct sockaddr *)&address, length) == 0);
	MUST((*server = accept(listener, NULL, NULL)) >= 0);
	printf(" @%.*s\n", (int)(length - offsetof(struct sockaddr_un, sun_path) - 1), address.sun_path + 1);
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), server, one = 1;
	char memory[ANSWER] = { 0 };
	pthread_t thread, unix_thread;
	long milliseconds;
	int what, unix_client, unix_server, zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);

	MUST(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0);
	MUST(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	MUST(connect(client, (struct sockaddr *)&address, length) == 0);
	MUST((server = accept(listener, NULL, NULL)) >= 0);
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	MUST(pthread_create(&thread, NULL, answer, &server) == 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("%d", ntohs(address.sin_port));
	connect_unix(&unix_client, &unix_server);
	MUST(pthread_create(&unix_thread, NULL, answer, &unix_server) == 0);
	while (scanf("%ld %d", &milliseconds, &what) == 2) {
		long rounds = 0, began = now(), end = began + milliseconds * 1000000;

		for (; what == 1 && now() < end; rounds++) {
			MUST(read(zero, memory, REQUEST) == REQUEST);
			MUST(write(null, memory, REQUEST) == REQUEST);
		}
		for (int fd = what == 2 ? unix_client : client; what != 1 && now() < end; rounds++) {
			MUST(send(fd, memory, REQUEST, 0) == REQUEST);
			receive(fd, memory, ANSWER);
		}
		printf("%ld %ld\n", rounds, now() - began);
	}
	return 0;
}
