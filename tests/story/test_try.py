from __future__ import annotations
import time
def test_it(served):
    t=time.time()
    served.publish_claimants(); print("pub", time.time()-t); t=time.time()
    a=served.agree_on_claimants(); print("agree", time.time()-t); t=time.time()
    b=served.agree_on_stock(); print("stock", time.time()-t); t=time.time()
    u=served.file_url(a); print(u, time.time()-t); t=time.time()
    print(served.send("GET",a.data_path("csv"),a.reader).text, time.time()-t)
    print(served.send("GET","/openapi.json").status_code)
    served.publish_open()
    print(served.events()[:2], served.search())
    r=served.send("GET","/delta-sharing/shares?maxResults=-1",a.reader); print(r.status_code,r.text)
