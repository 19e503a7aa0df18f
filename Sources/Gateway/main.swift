import Hummingbird
import Configuration
import ArgumentParser
import NIOPosix
print("x")
