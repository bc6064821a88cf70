"""What hostile markup tries to run. In a browser, `alert` is a call that is noticed."""

IMAGE = "<img src=x onerror=alert(1)>"
