// A real gRPC Pub/Sub server for the tests: Google's own in-memory one. PUBSUB_EMULATOR_HOST=127.0.0.1:PORT points clients
// at it. conftest.py builds and starts it: pubsub PORT
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"

	"cloud.google.com/go/pubsub/v2/pstest"
)

func main() {
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	server := pstest.NewServerWithPort(port)
	defer server.Close()
	fmt.Println(server.Addr)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	<-stop
}
