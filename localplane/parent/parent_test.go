package parent

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestMain lets this test binary be its own child: a process that watches its parent and would otherwise run for long.
func TestMain(m *testing.M) {
	if os.Getenv("WATCHING_CHILD") != "" {
		if _, err := Watch(os.Args[1:]); err != nil {
			os.Exit(3)
		}
		time.Sleep(time.Minute)
		os.Exit(4)
	}
	os.Exit(m.Run())
}

func TestAChildEndsWhenThePipeOfItsParentCloses(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "--watch-fd", "3")
	child.Env = append(os.Environ(), "WATCHING_CHILD=1")
	child.ExtraFiles = []*os.File{reader}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	reader.Close()
	writer.Close()
	if err := child.Wait(); err != nil {
		t.Errorf("the child ended with %v", err)
	}
}

func TestOnlyTheFirstArgumentIsTaken(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, arguments := range [][]string{
		{"etcd", "--watch-fd", "x"},
		{"--watch-fd=" + strconv.Itoa(int(reader.Fd())), "etcd", "--watch-fd", "x"},
	} {
		rest, err := Watch(arguments)
		if err != nil || !slices.Equal(rest, []string{"etcd", "--watch-fd", "x"}) {
			t.Errorf("%v: got %v, %v", arguments, rest, err)
		}
	}
}

func TestADescriptorThatIsNotOpenIsAnError(t *testing.T) {
	for _, arguments := range [][]string{{"--watch-fd"}, {"--watch-fd", "x"}, {"--watch-fd", "987"}} {
		if _, err := Watch(arguments); err == nil {
			t.Errorf("%v is accepted", arguments)
		}
	}
}
