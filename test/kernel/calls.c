/*
 * Moves known bytes through TCP and unix-domain sockets by every call that moves bytes, from a process of its own. Byte P of a stream is
 * content(stream, P), so whoever captured it can tell each byte and each position. After "ready" it waits for a line on
 * standard input with connections open; then prints `NAME CLIENT SERVER SENT_BY_CLIENT SENT_BY_SERVER` for each connection,
 * whose ends are named by port or, where NAME begins with `unix-`, by number of inode. Argument: how many threads wait in calls on
 * unix-domain sockets at a time.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(condition) ((condition) ? (void)0 : die(#condition, __LINE__))
#define LARGE (3 << 20)
#define RECEIVERS 300
#define SENDERS 16
#define MORE_THAN_FITS 200000

static void die(const char *what, int line)
{
	fprintf(stderr, "calls.c:%d: %s: %s\n", line, what, strerror(errno));
	exit(1);
}

struct end {
	int fd;
	unsigned long name;
	unsigned long sent;
};

struct connection {
	struct end client, server;
	int is_unix;
};

static char scratch[LARGE];

static unsigned char content(int from_client, unsigned long position)
{
	return position * 31 + (position >> 8) * 7 + (position >> 16) * 3 + (from_client ? 101 : 0);
}

/* The next bytes of a stream. */
static void *next_bytes(const struct connection *connection, const struct end *end, void *memory, size_t length)
{
	for (size_t i = 0; i < length; i++)
		((unsigned char *)memory)[i] = content(end == &connection->client, end->sent + i);
	return memory;
}

static void send_some(struct connection *connection, struct end *end, size_t length)
{
	next_bytes(connection, end, scratch, length);
	MUST(send(end->fd, scratch, length, 0) == (ssize_t)length);
	end->sent += length;
}

static void receive_all(int fd, size_t length)
{
	static __thread char memory[1 << 16];

	while (length > 0) {
		ssize_t got = recv(fd, memory, length < sizeof(memory) ? length : sizeof(memory), 0);

		MUST(got > 0);
		length -= got;
	}
}

static int port_of(int fd)
{
	struct sockaddr_in6 address;
	socklen_t length = sizeof(address);

	MUST(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
	return ntohs(address.sin6_port); /* at the same place as sin_port */
}

static struct connection connect_to(int family, const char *address)
{
	struct sockaddr_storage where = {};
	socklen_t length = sizeof(where);
	int listener_family = strchr(address, '.') ? AF_INET : AF_INET6, listener = socket(listener_family, SOCK_STREAM, 0);
	struct connection connection = {};

	MUST(listener >= 0);
	if (listener_family == AF_INET) {
		struct sockaddr_in local = { .sin_family = AF_INET };

		local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		MUST(bind(listener, (struct sockaddr *)&local, sizeof(local)) == 0);
	} else {
		struct sockaddr_in6 local = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };

		MUST(bind(listener, (struct sockaddr *)&local, sizeof(local)) == 0);
	}
	MUST(listen(listener, 1) == 0);
	MUST(getsockname(listener, (struct sockaddr *)&where, &length) == 0);
	connection.client.fd = socket(family, SOCK_STREAM, 0);
	if (family == AF_INET6) {
		struct sockaddr_in6 remote = { .sin6_family = AF_INET6, .sin6_port = ((struct sockaddr_in *)&where)->sin_port };

		MUST(inet_pton(AF_INET6, strchr(address, '.') ? "::ffff:127.0.0.1" : address, &remote.sin6_addr) == 1);
		MUST(connect(connection.client.fd, (struct sockaddr *)&remote, sizeof(remote)) == 0);
	} else {
		MUST(connect(connection.client.fd, (struct sockaddr *)&where, length) == 0);
	}
	connection.server.fd = accept(listener, NULL, NULL);
	MUST(connection.server.fd >= 0);
	close(listener);
	connection.client.name = port_of(connection.client.fd);
	connection.server.name = port_of(connection.server.fd);
	return connection;
}

static unsigned long inode_of(int fd)
{
	struct stat status;

	MUST(fstat(fd, &status) == 0);
	return status.st_ino;
}

static struct connection named_by_inodes(struct connection connection)
{
	connection.is_unix = 1;
	connection.client.name = inode_of(connection.client.fd);
	connection.server.name = inode_of(connection.server.fd);
	return connection;
}

/* At an abstract name that the kernel chooses. */
static struct connection connect_unix(void)
{
	struct sockaddr_un where = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(where);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	struct connection connection = {};

	MUST(listener >= 0 && bind(listener, (struct sockaddr *)&where, sizeof(where.sun_family)) == 0);
	MUST(listen(listener, 1) == 0);
	MUST(getsockname(listener, (struct sockaddr *)&where, &length) == 0);
	connection.client.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	MUST(connect(connection.client.fd, (struct sockaddr *)&where, length) == 0);
	connection.server.fd = accept(listener, NULL, NULL);
	MUST(connection.server.fd >= 0);
	close(listener);
	return named_by_inodes(connection);
}

static struct connection pair_of_sockets(void)
{
	struct connection connection = {};
	int ends[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	connection.client.fd = ends[0];
	connection.server.fd = ends[1];
	return named_by_inodes(connection);
}

static void finish(const char *name, struct connection *connection)
{
	close(connection->client.fd);
	close(connection->server.fd);
	printf("%s %lu %lu %lu %lu\n", name, connection->client.name, connection->server.name, connection->client.sent,
	       connection->server.sent);
}

/* Each call below sends from the client, and the server receives. */

static void by_read_write(struct connection *c)
{
	MUST(write(c->client.fd, next_bytes(c, &c->client, scratch, 700), 700) == 700);
	c->client.sent += 700;
	MUST(read(c->server.fd, scratch, sizeof(scratch)) == 700);
	send_some(c, &c->server, 40000);
	receive_all(c->client.fd, 40000);
}

static int spread(struct iovec *vector, char *memory, const int *lengths, int count)
{
	int all = 0;

	for (int i = 0; i < count; i++) {
		vector[i] = (struct iovec){ memory + all, lengths[i] };
		all += lengths[i];
	}
	return all;
}

static void by_vectors(struct connection *c)
{
	static const int outgoing[] = { 4, 0, 5000, 1, 20000, 3 }, incoming[] = { 1, 3, 0, 9000, 16100, 65536 };
	struct iovec vector[6];
	int length = spread(vector, scratch, outgoing, 6);

	next_bytes(c, &c->client, scratch, length);
	MUST(writev(c->client.fd, vector, 6) == length);
	c->client.sent += length;
	spread(vector, scratch, incoming, 6);
	MUST(readv(c->server.fd, vector, 6) == length);
}

static void by_messages(struct connection *c)
{
	static const int outgoing[] = { 30, 300, 3000 }, incoming[] = { 4, 65536 };
	struct iovec vector[3];
	struct msghdr message = { .msg_iov = vector, .msg_iovlen = 3 };
	int length = spread(vector, scratch, outgoing, 3);

	next_bytes(c, &c->client, scratch, length);
	MUST(sendmsg(c->client.fd, &message, 0) == length);
	c->client.sent += length;
	message.msg_iovlen = 2;
	spread(vector, scratch, incoming, 2);
	MUST(recvmsg(c->server.fd, &message, 0) == length);
}

static void by_many_messages(struct connection *c)
{
	struct iovec vector[6];
	struct mmsghdr messages[3] = {};
	static const int lengths[] = { 10, 90, 200, 300, 1000, 1400 };

	next_bytes(c, &c->client, scratch, spread(vector, scratch, lengths, 6));
	for (int i = 0; i < 3; i++)
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = vector + 2 * i, .msg_iovlen = 2 };
	MUST(sendmmsg(c->client.fd, messages, 3, 0) == 3);
	c->client.sent += 3000;
	/* a stream knows no messages: as many as the vectors hold go into each */
	MUST(recvmmsg(c->server.fd, messages, 3, 0, NULL) == 3);
}

static void by_more_vectors_than_are_walked(struct connection *c)
{
	struct iovec vector[40];

	next_bytes(c, &c->client, scratch, 400);
	for (int i = 0; i < 40; i++)
		vector[i] = (struct iovec){ scratch + 10 * i, 10 };
	MUST(writev(c->client.fd, vector, 40) == 400);
	c->client.sent += 400;
	MUST(readv(c->server.fd, vector, 40) == 400);
}

static void by_peeking(struct connection *c)
{
	send_some(c, &c->client, 100);
	MUST(recv(c->server.fd, scratch, 100, MSG_PEEK) == 100);
	MUST(recv(c->server.fd, scratch, 40, 0) == 40);
	MUST(recv(c->server.fd, scratch, 100, MSG_PEEK) == 60);
	MUST(recv(c->server.fd, scratch, 100, 0) == 60);
}

/* Until what is sent next looks like a command's header: its fourth byte is 0. An answer ends what came before. */
static void approach_header(struct connection *c)
{
	size_t length = 1;

	while (content(1, c->client.sent + length + 3) != 0)
		length++;
	send_some(c, &c->client, length);
	receive_all(c->server.fd, length);
	send_some(c, &c->server, 5);
	receive_all(c->client.fd, 5);
}

/* A header alone, then what follows it: in one call, after a look at it, in pieces, thrown away; after an answer; never. */
static void by_headers_alone(struct connection *c)
{
	struct iovec vector[2] = { { scratch, 7 }, { scratch + 7, 100 } };
	struct msghdr message = { .msg_iov = vector, .msg_iovlen = 2 };

	for (int way = 0; way < 6; way++) {
		approach_header(c);
		send_some(c, &c->client, way < 5 ? 24 : 4);
		MUST(recv(c->server.fd, scratch, 4, 0) == 4);
		if (way == 0)
			receive_all(c->server.fd, 20);
		if (way == 1)
			MUST(recv(c->server.fd, scratch, 20, MSG_PEEK) == 20);
		if (way == 2)
			MUST(recvmsg(c->server.fd, &message, 0) == 20);
		if (way == 3)
			MUST(recv(c->server.fd, scratch, 20, MSG_TRUNC) == 20);
		if (way == 4) {
			send_some(c, &c->server, 5);
			receive_all(c->client.fd, 5);
		}
		if (way == 1 || way == 4)
			receive_all(c->server.fd, 20);
	}
}

static void *send_two_parts(void *argument)
{
	struct connection *c = argument;

	send_some(c, &c->client, 1000);
	usleep(30000);
	send_some(c, &c->client, 1000);
	return NULL;
}

static void by_waiting_for_all(struct connection *c)
{
	static char memory[2000];
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, send_two_parts, c) == 0);
	ssize_t got = recv(c->server.fd, memory, sizeof(memory), MSG_WAITALL);

	MUST(got == sizeof(memory) || (got == 1000 && c->is_unix)); /* Linux 6.18's unix-domain sockets do not wait */
	pthread_join(thread, NULL);
	receive_all(c->server.fd, sizeof(memory) - got);
}

static void by_throwing_away(struct connection *c)
{
	send_some(c, &c->client, 200);
	MUST(recv(c->server.fd, scratch, 150, MSG_TRUNC) == 150);
	MUST(recv(c->server.fd, scratch, 150, 0) == 50);
}

static void by_calls_that_fail(struct connection *c)
{
	long page = sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(memory != MAP_FAILED && mprotect(memory + page, page, PROT_NONE) == 0);
	MUST(recv(c->server.fd, scratch, 10, MSG_DONTWAIT) < 0 && errno == EAGAIN);
	MUST(send(c->client.fd, memory + page, 10, 0) < 0 && errno == EFAULT);
	next_bytes(c, &c->client, memory + page - 100, 100);
	ssize_t sent = send(c->client.fd, memory + page - 100, 200, 0);

	if (sent > 0)
		c->client.sent += sent;
	send_some(c, &c->client, 60);
	MUST(recv(c->server.fd, memory + page, 10, 0) < 0 && errno == EFAULT);
	receive_all(c->server.fd, c->client.sent);
	MUST(shutdown(c->client.fd, SHUT_WR) == 0);
	MUST(send(c->client.fd, scratch, 10, MSG_NOSIGNAL) < 0 && errno == EPIPE);
	MUST(recv(c->server.fd, scratch, 10, 0) == 0);
}

static void wait_until_closed(int fd)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	do {
		usleep(1000);
		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) {
			MUST(errno == EOPNOTSUPP); /* a unix-domain socket */
			return;
		}
	} while (info.tcpi_state != TCP_CLOSE);
}

/* What came can be read when both ends have said their last and the socket is no connection any more. */
static void by_reading_after_the_end(struct connection *c)
{
	send_some(c, &c->client, 700);
	send_some(c, &c->server, 500);
	MUST(recv(c->server.fd, scratch, 10, 0) == 10);
	MUST(shutdown(c->client.fd, SHUT_WR) == 0 && shutdown(c->server.fd, SHUT_WR) == 0);
	wait_until_closed(c->client.fd);
	wait_until_closed(c->server.fd);
	receive_all(c->server.fd, 690);
	receive_all(c->client.fd, 500);
	MUST(recv(c->server.fd, scratch, 10, 0) == 0 && recv(c->client.fd, scratch, 10, 0) == 0);
}

static void by_short_sends(struct connection *c)
{
	unsigned long received = 0;
	int small = 16384;

	MUST(setsockopt(c->client.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)) == 0);
	MUST(setsockopt(c->server.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) == 0);
	for (int round = 0; round < 3; round++) {
		for (;;) {
			ssize_t sent = send(c->client.fd, next_bytes(c, &c->client, scratch, 300000), 300000, MSG_DONTWAIT);

			if (sent < 0)
				break;
			c->client.sent += sent;
		}
		MUST(errno == EAGAIN);
		receive_all(c->server.fd, c->client.sent - received);
		received = c->client.sent;
	}
}

static void *receive_large(void *argument)
{
	struct connection *c = argument;

	receive_all(c->server.fd, LARGE);
	return NULL;
}

static void by_one_large_send(struct connection *c)
{
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, receive_large, c) == 0);
	send_some(c, &c->client, LARGE);
	pthread_join(thread, NULL);
}

static int file_with_next_bytes(struct connection *c, size_t length)
{
	int file = memfd_create("content", 0);

	MUST(file >= 0 && write(file, next_bytes(c, &c->client, scratch, length), length) == (ssize_t)length);
	MUST(lseek(file, 0, SEEK_SET) == 0);
	return file;
}

static void by_sendfile(struct connection *c)
{
	int file = file_with_next_bytes(c, 50000);

	MUST(sendfile(c->client.fd, file, NULL, 50000) == 50000);
	c->client.sent += 50000;
	send_some(c, &c->client, 77);
	receive_all(c->server.fd, 50077);
	close(file);
}

static void by_splice(struct connection *c)
{
	int ends[2];

	MUST(pipe(ends) == 0 && write(ends[1], next_bytes(c, &c->client, scratch, 3000), 3000) == 3000);
	MUST(splice(ends[0], NULL, c->client.fd, NULL, 3000, 0) == 3000);
	c->client.sent += 3000;
	MUST(splice(c->server.fd, NULL, ends[1], NULL, 3000, 0) == 3000);
	send_some(c, &c->client, 77);
	receive_all(c->server.fd, 77);
	close(ends[0]);
	close(ends[1]);
}

/* One submission and its completion, without liburing. */
static int ring_call(int opcode, int fd, void *memory, unsigned length)
{
	struct io_uring_params params = {};
	int ring = syscall(SYS_io_uring_setup, 1, &params);

	MUST(ring >= 0);
	size_t queue_bytes = params.sq_off.array + params.sq_entries * sizeof(unsigned);
	size_t done_bytes = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	char *queue = mmap(NULL, queue_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	char *done = mmap(NULL, done_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	struct io_uring_sqe *entry = mmap(NULL, sizeof(*entry), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);

	MUST(queue != MAP_FAILED && done != MAP_FAILED && entry != MAP_FAILED);
	*entry = (struct io_uring_sqe){ .opcode = opcode, .fd = fd, .addr = (unsigned long)memory, .len = length };
	((unsigned *)(queue + params.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned *)(queue + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	MUST(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1);
	int result = ((struct io_uring_cqe *)(done + params.cq_off.cqes))->res;

	munmap(entry, sizeof(*entry));
	munmap(done, done_bytes);
	munmap(queue, queue_bytes);
	close(ring);
	return result;
}

static void by_io_uring(struct connection *c)
{
	static char memory[2000];

	MUST(ring_call(IORING_OP_SEND, c->client.fd, next_bytes(c, &c->client, memory, 2000), 2000) == 2000);
	c->client.sent += 2000;
	MUST(ring_call(IORING_OP_RECV, c->server.fd, memory, 2000) == 2000);
	send_some(c, &c->client, 77);
	receive_all(c->server.fd, 77);
}

static void by_a_forked_child(struct connection *c)
{
	int status;

	send_some(c, &c->client, 50);
	pid_t child = fork();

	if (child == 0) {
		send_some(c, &c->client, 500);
		receive_all(c->server.fd, 300);
		_exit(0);
	}
	MUST(waitpid(child, &status, 0) == child && status == 0);
	c->client.sent += 500;
	receive_all(c->server.fd, 250);
}

static void by_a_passed_descriptor(struct connection *c)
{
	int ends[2], status;
	union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control = {};
	char byte = 0;
	struct iovec vector = { &byte, 1 };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	pid_t child = fork();

	if (child == 0) {
		close(c->client.fd);
		MUST(recvmsg(ends[0], &message, 0) == 1);
		memcpy(&c->client.fd, CMSG_DATA(&control.header), sizeof(int));
		send_some(c, &c->client, 600);
		_exit(0);
	}
	control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.header), &c->client.fd, sizeof(int));
	MUST(sendmsg(ends[1], &message, 0) == 1);
	MUST(waitpid(child, &status, 0) == child && status == 0);
	c->client.sent += 600;
	receive_all(c->server.fd, 600);
	close(ends[0]);
	close(ends[1]);
}

static void *receive_once(void *argument)
{
	receive_all(((struct connection *)argument)->server.fd, 100);
	return NULL;
}

/* More than a return probe has room for: max(10, twice the number of processors). */
static void with_many_receivers(const char *name, struct connection (*connected)(void), int count)
{
	static struct connection connections[RECEIVERS];
	pthread_t threads[RECEIVERS];

	for (int i = 0; i < count; i++) {
		connections[i] = connected();
		MUST(pthread_create(&threads[i], NULL, receive_once, &connections[i]) == 0);
	}
	usleep(200000);
	for (int i = 0; i < count; i++)
		send_some(&connections[i], &connections[i].client, 100);
	for (int i = 0; i < count; i++) {
		pthread_join(threads[i], NULL);
		finish(name, &connections[i]);
	}
}

static void *send_more_than_there_is_room_for(void *argument)
{
	struct connection *c = argument;
	char *memory = malloc(MORE_THAN_FITS);

	MUST(send(c->client.fd, next_bytes(c, &c->client, memory, MORE_THAN_FITS), MORE_THAN_FITS, 0) == MORE_THAN_FITS);
	c->client.sent += MORE_THAN_FITS;
	free(memory);
	return NULL;
}

static void with_many_senders(const char *name, struct connection (*connected)(void), int count)
{
	static struct connection connections[SENDERS];
	pthread_t threads[SENDERS];
	int small = 32768;

	for (int i = 0; i < count; i++) {
		connections[i] = connected();
		MUST(setsockopt(connections[i].client.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)) == 0);
		MUST(setsockopt(connections[i].server.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) == 0);
		MUST(pthread_create(&threads[i], NULL, send_more_than_there_is_room_for, &connections[i]) == 0);
	}
	usleep(200000);
	for (int i = 0; i < count; i++)
		receive_all(connections[i].server.fd, MORE_THAN_FITS);
	for (int i = 0; i < count; i++) {
		pthread_join(threads[i], NULL);
		finish(name, &connections[i]);
	}
}

static const struct {
	const char *name;
	void (*move)(struct connection *);
} calls[] = {
	{ "read-write", by_read_write }, { "vectors", by_vectors }, { "messages", by_messages },
	{ "many-messages", by_many_messages }, { "more-vectors", by_more_vectors_than_are_walked },
	{ "peek", by_peeking }, { "wait-all", by_waiting_for_all }, { "throw-away", by_throwing_away },
	{ "failures", by_calls_that_fail }, { "after-end", by_reading_after_the_end },
	{ "short", by_short_sends }, { "large", by_one_large_send },
	{ "sendfile", by_sendfile }, { "splice", by_splice }, { "io-uring", by_io_uring },
	{ "fork", by_a_forked_child }, { "passed", by_a_passed_descriptor }, { "headers", by_headers_alone },
};

/* The server closes, and then the client sends: a reset answers it while the call goes on. */
static void after_the_end(const char *name, struct connection connection)
{
	send_some(&connection, &connection.server, 30);
	receive_all(connection.client.fd, 30);
	close(connection.server.fd);
	send(connection.client.fd, scratch, 10, MSG_NOSIGNAL);
	send(connection.client.fd, scratch, 10, MSG_NOSIGNAL);
	recv(connection.client.fd, scratch, 10, 0);
	connection.server.fd = -1;
	finish(name, &connection);
}

static void churn(const char *name, struct connection (*connected)(void))
{
	for (int i = 0; i < 100; i++) {
		struct connection connection = connected();

		send_some(&connection, &connection.client, 10 + i);
		receive_all(connection.server.fd, 10 + i);
		finish(name, &connection);
	}
}

static struct connection connect_inet(void)
{
	return connect_to(AF_INET, "127.0.0.1");
}

static void by_every_call(const char *prefix, struct connection (*connected)(void))
{
	char name[64];

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct connection connection = connected();

		calls[i].move(&connection);
		snprintf(name, sizeof(name), "%s%s", prefix, calls[i].name);
		finish(name, &connection);
	}
}

static void send_early(struct connection *connection)
{
	send_some(connection, &connection->client, 1234);
	receive_all(connection->server.fd, 1234);
}

static void send_late(const char *name, struct connection *connection)
{
	send_some(connection, &connection->client, 300);
	receive_all(connection->server.fd, 300);
	finish(name, connection);
}

int main(int argc, char **argv)
{
	struct connection early = connect_inet(), early_unix = connect_unix(), waiting = connect_unix(), inet6, mapped, pair;
	int waiting_threads = argc > 1 && atoi(argv[1]) < SENDERS ? atoi(argv[1]) : SENDERS;

	setvbuf(stdout, NULL, _IOLBF, 0);
	send_early(&early);
	send_early(&early_unix);
	send_some(&waiting, &waiting.client, 500);
	puts("ready");
	getchar();
	send_late("early", &early);
	send_late("unix-early", &early_unix);
	send_some(&waiting, &waiting.client, 300);
	receive_all(waiting.server.fd, 800);
	finish("unix-waiting", &waiting);
	by_every_call("", connect_inet);
	by_every_call("unix-", connect_unix);
	inet6 = connect_to(AF_INET6, "::1");
	by_read_write(&inet6);
	finish("inet6", &inet6);
	mapped = connect_to(AF_INET6, "127.0.0.1");
	by_read_write(&mapped);
	finish("mapped", &mapped);
	pair = pair_of_sockets();
	by_read_write(&pair);
	by_a_forked_child(&pair);
	finish("unix-pair", &pair);
	after_the_end("after-the-end", connect_inet());
	after_the_end("unix-after-the-end", connect_unix());
	churn("churn", connect_inet);
	churn("unix-churn", connect_unix);
	with_many_receivers("receivers", connect_inet, RECEIVERS);
	with_many_receivers("unix-receivers", connect_unix, waiting_threads);
	with_many_senders("senders", connect_inet, SENDERS);
	with_many_senders("unix-senders", connect_unix, waiting_threads);
	return 0;
}
