package controlplane

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports are taken from below the range that the kernel gives to outgoing
// connections (32768 and up on Linux, 49152 and up elsewhere). Inside it, a
// client that retries while the API server is down could be given the server's
// own port, and even connect to itself.
const (
	firstPort = 20000
	lastPort  = 32000
)

// freePorts finds n different ports that nobody listens on now. Somebody may
// take one a moment later, so whoever uses them must be ready to try again.
func freePorts(n int) ([]int, error) {
	var ports []int
	taken := map[int]bool{}
	for tries := 0; tries < 1000 && len(ports) < n; tries++ {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if !taken[port] && free(port) {
			ports = append(ports, port)
		}
		taken[port] = true
	}
	if len(ports) < n {
		return nil, fmt.Errorf("control plane: found no %d free ports between %d and %d on 127.0.0.1", n, firstPort, lastPort)
	}
	return ports, nil
}

func free(port int) bool {
	listener, err := net.Listen("tcp", localAddress(port))
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}
