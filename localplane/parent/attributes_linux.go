package parent

import "syscall"

// attributes lets the kernel end the child when this process dies without a chance to do so itself.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
