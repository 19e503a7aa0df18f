import Crypto
package enum EStub {}
